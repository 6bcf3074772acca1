using System.Net;
using System.Net.Sockets;

namespace Snapback.Proxy.Hosting;

/// <summary>Checks the URLs that the traffic, admin and flags sides listen on: lists with ';' between them, as Kestrel reads them.</summary>
internal static class Addresses
{
    public static bool AreLoopback(string urls) => Split(urls).All(url => IsLoopback(BindingAddress.Parse(url).Host));

    /// <summary>The list is empty: Kestrel would listen on addresses of its own choice.</summary>
    public static bool AreNone(string urls) => Split(urls).Length == 0;

    /// <summary>Those that are <see cref="PassedSockets"/>.</summary>
    public static IReadOnlyList<BindingAddress> Passed(string urls) => [.. Split(urls).Select(BindingAddress.Parse).Where(PassedSockets.IsOne)];

    /// <summary>A sentence for every URL that Kestrel would not accept.</summary>
    /// <param name="option">The option that gives these URLs.</param>
    public static IEnumerable<string> Problems(string option, string urls)
    {
        var areValid = true;
        foreach (var url in Split(urls))
        {
            if (WhyNot(url) is { } why)
            {
                areValid = false;
                yield return $"{option}: '{url}' is no listener address ({why}). Use the form http://127.0.0.1:8080.";
            }
        }

        if (areValid && Passed(urls).Count is > 0 and var passed && passed < Split(urls).Length)
        {
            yield return $"{option}: '{urls}' has both passed sockets and addresses, and only one kind is listened on. Let the supervisor pass them all.";
        }
    }

    /// <summary>
    /// <see cref="Problems"/>, and a sentence for URLs that other machines could reach without a token, or that are Unix sockets, which no client of
    /// this side can reach.
    /// </summary>
    /// <param name="isGuarded">A token is asked for.</param>
    /// <param name="remedy">The settings that would give it one.</param>
    public static IReadOnlyList<string> GuardedProblems(string option, string urls, bool isGuarded, string remedy)
    {
        var problems = Problems(option, urls).ToList();
        if (problems.Count == 0 && Passed(urls).Count > 0)
        {
            return [$"{option}: '{urls}' is a socket that was passed, and only --urls takes one. Listen on 127.0.0.1."];
        }

        if (problems.Count == 0 && Split(urls).FirstOrDefault(url => BindingAddress.Parse(url).IsUnixPipe) is { } file)
        {
            return [$"{option}: '{file}' is a Unix socket, and neither the command line, a browser nor a probe can ask one. Listen on 127.0.0.1."];
        }

        return problems.Count > 0 || isGuarded || AreLoopback(urls)
            ? problems
            : [$"{option}: '{urls}' can be reached from other machines, and nobody would have to log in. Set {remedy}, or listen on 127.0.0.1."];
    }

    /// <summary>Tries every address by binding it for a moment, before anything else is started. It does not listen, so no client can connect.</summary>
    /// <param name="sides">Sides with invalid URLs are skipped: <see cref="Problems"/> reports them.</param>
    /// <returns>A sentence for every address that is in use, by another side too, or is not this machine's.</returns>
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
                if (EndPointOf(BindingAddress.Parse(url)) is not { } endPoint)
                {
                    continue;
                }

                if ((given.Exists(other => Overlap(endPoint, other)) ? "Address already in use" : BindError(endPoint)) is { } why)
                {
                    problems.Add($"{option}: cannot listen on {url}: {why}. Give another address with {option}, or end who has this one.");
                }

                given.Add(endPoint);
            }
        }

        return problems;
    }

    private static string? WhyNot(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address.Scheme is not ("http" or "https") ? "its scheme is neither http nor https"
                : address.IsUnixPipe || address.IsNamedPipe ? null
                : PassedSockets.IsOne(address) ? PassedSockets.Problem(address)
                : address.Port is < 0 or > IPEndPoint.MaxPort ? $"a port is a number from 0 to {IPEndPoint.MaxPort}"
                // It would be taken for a name, and for a name Kestrel listens on all addresses.
                : address.Host.Contains(':', StringComparison.Ordinal) && !IPAddress.TryParse(address.Host.Trim('[', ']'), out _)
                    ? $"'{address.Host}' is no host"
                : address.PathBase.Length > 0 ? "a listener has no path"
                : address.Port == 0 && address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
                    ? "localhost stands for two addresses, which need a port"
                : null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    /// <summary>
    /// A host that is neither an address nor localhost means all addresses, as it does to Kestrel; null for a Unix socket, a named pipe and a passed
    /// socket.
    /// </summary>
    private static IPEndPoint? EndPointOf(BindingAddress address)
    {
        var host = address.Host.Trim('[', ']');
        return address.IsUnixPipe || address.IsNamedPipe || PassedSockets.IsOne(address) ? null : new IPEndPoint(
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

    private static string? BindError(IPEndPoint endPoint)
    {
        try
        {
            using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endPoint);
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
    /// <param name="Option">The option that gives the URLs.</param>
    internal sealed record Side(string Option, string Urls);
}
