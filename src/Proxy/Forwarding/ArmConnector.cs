using System.Net;
using System.Net.Sockets;

namespace Snapback.Proxy.Forwarding;

/// <summary>Opens the connections to the arms.</summary>
internal sealed class ArmConnector(HostAddresses addresses)
{
    /// <summary>YARP's default is 15 s: longer than users wait, and for so long the judge would hear nothing of a dead canary.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// So long an address that is silent is waited for if there is another (RFC 8305, 5, recommends 250 ms before the next is begun). The
    /// system sends its first packet a second time after 1 s, so more patience would only find who is farther away.
    /// </summary>
    private static readonly TimeSpan PatienceWithOne = TimeSpan.FromMilliseconds(300);

    /// <exception cref="SocketException">The name leads nowhere, or no address of it takes the connection; the last one's error.</exception>
    public async ValueTask<Socket> ConnectAsync(DnsEndPoint end, CancellationToken token)
    {
        var all = await addresses.OfAsync(end.Host, token);
        for (var i = 0; ; i++)
        {
            var isLast = i == all.Length - 1;
            Socket? socket = null;
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
                if (!isLast)
                {
                    limit.CancelAfter(PatienceWithOne);
                }

                socket = OpenFiles.SocketToArm(all[i].AddressFamily);
                SilentPeers.EndAtRest(socket);
                await socket.ConnectAsync(new IPEndPoint(all[i], end.Port), limit.Token);
                return socket;
            }
            catch (Exception e) when (!isLast && !token.IsCancellationRequested && IsOfTheAddress(e))
            {
                socket?.Dispose();
            }
            catch
            {
                socket?.Dispose();
                throw;
            }
        }
    }

    private static bool IsOfTheAddress(Exception e) =>
        e is OperationCanceledException or SocketException { SocketErrorCode: not SocketError.TooManyOpenSockets };
}
