using System.Net;
using System.Net.Sockets;

namespace Snapback.Proxy.Hosting;

/// <summary>What the listener URLs say.</summary>
internal static class Addresses
{
    public static bool AreLoopback(string urls) => Split(urls).All(url => IsLoopback(BindingAddress.Parse(url).Host));

    /// <summary>Every URL that Kestrel would not take.</summary>
    public static IEnumerable<string> Problems(string option, string urls)
    {
        foreach (var url in Split(urls))
        {
            string? why = null;
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

    /// <summary>… and those that anybody could reach from elsewhere without a token.</summary>
    public static IReadOnlyList<string> GuardedProblems(string option, string urls, bool isGuarded, string remedy)
    {
        var problems = Problems(option, urls).ToList();
        return problems.Count > 0 || isGuarded || AreLoopback(urls)
            ? problems
            : [$"{option}: '{urls}' can be reached from other machines, and nobody would have to log in. Set {remedy}, or listen on 127.0.0.1."];
    }

    /// <summary>Binds each for a moment, so that whoever answers before it listens there does not answer if it never can.</summary>
    /// <exception cref="IOException">One is taken, or not this machine's.</exception>
    public static void EnsureFree(string urls)
    {
        foreach (var url in Split(urls))
        {
            var address = BindingAddress.Parse(url);
            if (address.IsUnixPipe || address.IsNamedPipe)
            {
                continue;
            }

            // What is neither an address nor localhost means all addresses, as it does to Kestrel.
            var host = address.Host.Trim('[', ']');
            var ip = IPAddress.TryParse(host, out var given) ? given : IsLoopback(host) ? IPAddress.Loopback : Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
            try
            {
                using var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                if (ip.Equals(IPAddress.IPv6Any))
                {
                    socket.DualMode = true;
                }

                socket.Bind(new IPEndPoint(ip, address.Port));
                socket.Listen();
            }
            catch (SocketException e)
            {
                throw new IOException($"Failed to bind to address {url}: {e.Message}.", e);
            }
        }
    }

    private static string[] Split(string urls) => urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
