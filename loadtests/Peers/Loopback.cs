using System.Net;
using System.Net.Sockets;

namespace Snapback.LoadTests.Peers;

internal static class Loopback
{
    private const int First = 20_000;
    private const int Count = 12_000;

    // Below the range that outgoing connections take theirs from; begun anywhere, so that two runs rarely meet.
    private static int _next = Random.Shared.Next(Count);

    public static Uri Free()
    {
        while (true)
        {
            var port = First + ++_next % Count;
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return new Uri($"http://127.0.0.1:{port}");
            }
            catch (SocketException)
            {
                // Taken; the next one.
            }
        }
    }

    /// <summary>Null without a certificate.</summary>
    public static Uri? FreeHttps(Workshop workshop) => workshop.Tls is null ? null : new UriBuilder(Free()) { Scheme = Uri.UriSchemeHttps }.Uri;

    public static string Text(this Uri address) => address.GetLeftPart(UriPartial.Authority);
}
