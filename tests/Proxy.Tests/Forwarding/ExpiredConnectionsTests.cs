using System.Net;
using System.Net.Sockets;
using Snapback.Proxy.Forwarding.Lean;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>
/// The activity time-out ends an exchange from another thread, and closes its connection a moment later. An exchange that comes to its end in
/// that moment must not leave the connection to another request, which would be closed with it.
/// </summary>
public sealed class ExpiredConnectionsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task One_whose_last_bytes_come_at_the_moment_of_the_time_out_does_not_rest()
    {
        using var pair = await Pair.OpenAsync();
        pair.Connection.Begin(Patience);
        Assert.True(pair.Connection.TryExpire(Later));
        pair.Connection.Pause();
        Assert.False(pair.Connection.TryRest());
    }

    [Fact]
    public async Task Nor_does_one_that_is_waited_for_again_at_that_moment()
    {
        using var pair = await Pair.OpenAsync();
        pair.Connection.Begin(Patience);
        Assert.True(pair.Connection.TryExpire(Later));
        pair.Connection.Touch();
        pair.Connection.Pause();
        Assert.False(pair.Connection.TryRest());
    }

    [Fact]
    public async Task One_that_came_to_its_end_before_rests_and_is_ended_no_more()
    {
        using var pair = await Pair.OpenAsync();
        pair.Connection.Begin(Patience);
        pair.Connection.Pause();
        Assert.False(pair.Connection.TryExpire(Later));
        Assert.True(pair.Connection.TryRest());
        Assert.False(pair.Connection.TryExpire(Later));
        Assert.False(pair.Connection.IsStale);
    }

    private static long Later => Environment.TickCount64 + (long)Patience.TotalMilliseconds + 1;

    private sealed class Pair(LeanConnection connection, Socket server) : IDisposable
    {
        public LeanConnection Connection => connection;

        public static async Task<Pair> OpenAsync()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(listener.LocalEndpoint, TestContext.Current.CancellationToken);
            var server = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
            return new Pair(new LeanConnection(client, new RequestWriter(), Timeout.InfiniteTimeSpan), server);
        }

        public void Dispose()
        {
            connection.Dispose();
            server.Dispose();
        }
    }
}
