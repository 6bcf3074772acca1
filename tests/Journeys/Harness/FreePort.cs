using System.Net.Sockets;

namespace Snapback.Journeys.Harness;

/// <summary>A port that nobody on this machine's loopback listens on, from below the range that outgoing connections take theirs from.</summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;

    // Counted on, so that no port comes twice in one run; begun anywhere, so that two runs on one machine rarely meet.
    private static int _next = Random.Shared.Next(Count);

    public static int Take()
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken; the next one.
            }
        }

        throw new InvalidOperationException("No loopback port is free.");
    }

    /// <param name="address">Null for the loopback.</param>
    public static Uri TakeUri(IPAddress? address = null) => new($"http://{address ?? IPAddress.Loopback}:{Take()}");
}
