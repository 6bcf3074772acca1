using System.Net;
using System.Net.Sockets;

namespace Snapback.Proxy.Hosting;

/// <summary>What the listener URLs say.</summary>
internal static class Addresses
{
    public static bool AreLoopback(string urls) => Split(urls).All(url => IsLoopback(BindingAddress.Parse(url).Host));

    /// <summary>Kestrel would take addresses of its own choice.</summary>
    public static bool AreNone(string urls) => Split(urls).Length == 0;

    /// <summary>Every URL that Kestrel would not take.</summary>
    public static IEnumerable<string> Problems(string option, string urls)
    {
        foreach (var url in Split(urls))
        {
            string? why;
            try
            {
                why = BindingAddress.Parse(url).Scheme is "http" or "https" ? null : "its scheme is neither http nor https";
            }
            catch (FormatException e)
            {
                why = e.Message;
            }

            if (why is not null)
            {
                yield return $"{option}: '{url}' is no listener address ({why}). Use the form http://127.0.0.1:8080.";
            }
        }
    }

    /// <summary>… and those that anybody could reach from elsewhere without a token, or that nobody who asks this side can reach.</summary>
    public static IReadOnlyList<string> GuardedProblems(string option, string urls, bool isGuarded, string remedy)
    {
        var problems = Problems(option, urls).ToList();
        if (problems.Count == 0 && Split(urls).FirstOrDefault(url => BindingAddress.Parse(url).IsUnixPipe) is { } file)
        {
            return [$"{option}: '{file}' is a Unix socket, and neither the command line, a browser nor a probe can ask one. Listen on 127.0.0.1."];
        }

        return problems.Count > 0 || isGuarded || AreLoopback(urls)
            ? problems
            : [$"{option}: '{urls}' can be reached from other machines, and nobody would have to log in. Set {remedy}, or listen on 127.0.0.1."];
    }

    /// <summary>Binds each for a moment: nothing is begun that cannot be ended. It does not listen, so that nobody is let in meanwhile.</summary>
    /// <param name="sides">Those that <see cref="Problems"/> has something to say about are left out.</param>
    /// <returns>A sentence for every one that is taken, also by another side, or is not this machine's.</returns>
    public static IReadOnlyList<string> Taken(params ReadOnlySpan<Side> sides)
    {
        var (given, problems) = (new List<IPEndPoint>(), new List<string>());
        foreach (var (option, urls) in sides)
        {
            if (Problems(option, urls).Any())
            {
                continue;
            }

            foreach (var url in Split(urls))
            {
                if (PlaceOf(BindingAddress.Parse(url)) is not { } place)
                {
                    continue;
                }

                if ((given.Exists(other => Overlap(place, other)) ? "Address already in use" : Refusal(place)) is { } why)
                {
                    problems.Add($"{option}: cannot listen on {url}: {why}. Give another address with {option}, or end who has this one.");
                }

                given.Add(place);
            }
        }

        return problems;
    }

    /// <summary>What is neither an address nor localhost means all addresses, as it does to Kestrel.</summary>
    private static IPEndPoint? PlaceOf(BindingAddress address)
    {
        var host = address.Host.Trim('[', ']');
        return address.IsUnixPipe || address.IsNamedPipe ? null : new IPEndPoint(
            IPAddress.TryParse(host, out var given) ? given
                : IsLoopback(host) ? IPAddress.Loopback
                : Socket.OSSupportsIPv6 ? IPAddress.IPv6Any
                : IPAddress.Any,
            address.Port);
    }

    private static bool Overlap(IPEndPoint one, IPEndPoint other) => one.Port == other.Port && one.Port != 0
        && (one.Address.Equals(other.Address) || Covers(one.Address, other.Address) || Covers(other.Address, one.Address));

    private static bool Covers(IPAddress any, IPAddress one) =>
        any.Equals(IPAddress.IPv6Any) || (any.Equals(IPAddress.Any) && one.AddressFamily == AddressFamily.InterNetwork);

    private static string? Refusal(IPEndPoint place)
    {
        try
        {
            using var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (place.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(place);
            return null;
        }
        catch (SocketException e)
        {
            return e.Message;
        }
    }

    private static string[] Split(string urls) => urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>Where one side listens.</summary>
    /// <param name="Option">That gives another.</param>
    internal sealed record Side(string Option, string Urls);
}
