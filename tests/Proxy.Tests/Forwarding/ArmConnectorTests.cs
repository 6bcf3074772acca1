using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Serilog.Core;
using Snapback.Proxy.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>A name with two addresses, of which only the last takes connections.</summary>
public sealed class ArmConnectorTests : IDisposable
{
    private readonly TcpListener _good = new(IPAddress.Loopback, 0);
    private readonly IPAddress _other = IPAddress.Parse("127.0.0.2");

    public ArmConnectorTests() => _good.Start();

    private int Port => ((IPEndPoint)_good.LocalEndpoint).Port;

    public void Dispose() => _good.Dispose();

    [Fact]
    public async Task An_address_that_refuses_is_passed_over()
    {
        using var socket = await ConnectAsync();
        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)socket.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task An_address_that_is_silent_is_passed_over_within_the_time_of_one_connection()
    {
        // Nobody accepts, and once the queue is full the system drops what comes.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(_other, Port));
        silent.Listen(0);
        using var filling = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await filling.ConnectAsync(silent.LocalEndPoint!, TestContext.Current.CancellationToken);

        var began = Stopwatch.GetTimestamp();
        using var socket = await ConnectAsync();
        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)socket.RemoteEndPoint!).Address);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.29, 1);
    }

    [Fact]
    public async Task If_none_takes_it_the_last_ones_error_is_told()
    {
        _good.Stop();
        var error = await Assert.ThrowsAsync<SocketException>(ConnectAsync);
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    private async Task<Socket> ConnectAsync()
    {
        var addresses = new HostAddresses(_ => Task.FromResult<IPAddress[]>([_other, IPAddress.Loopback]), Logger.None, TimeProvider.System);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(ArmConnector.Timeout);
        return await new ArmConnector(addresses).ConnectAsync(new DnsEndPoint("canary.test", Port), limit.Token);
    }
}
