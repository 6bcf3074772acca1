using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Serilog.Core;
using Snapback.Proxy.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

public sealed class HostAddressesTests
{
    private const string Name = "canary.test";

    private static readonly IPAddress One = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Other = IPAddress.Parse("10.0.0.2");

    private int _asked;
    private Func<Task<IPAddress[]>> _answer = () => Task.FromResult<IPAddress[]>([One]);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_that_leads_elsewhere_is_followed_by_the_next_connection()
    {
        var addresses = Addresses();
        Assert.Equal([One], await addresses.OfAsync(Name, Ended));
        _answer = () => Task.FromResult<IPAddress[]>([Other]);
        Assert.Equal([Other], await addresses.OfAsync(Name, Ended));
    }

    [Fact]
    public async Task Those_who_ask_at_once_wait_for_one_answer()
    {
        var answer = new TaskCompletionSource<IPAddress[]>();
        _answer = () => answer.Task;
        var addresses = Addresses();
        var asking = Enumerable.Range(0, 64).Select(_ => addresses.OfAsync(Name, Ended).AsTask()).ToArray();
        answer.SetResult([One]);
        Assert.All(await Task.WhenAll(asking), found => Assert.Equal([One], found));
        Assert.Equal(1, _asked);
    }

    [Theory]
    [InlineData(SocketError.TryAgain)]
    [InlineData(SocketError.NoRecovery)]
    [InlineData(SocketError.TooManyOpenSockets)]
    public async Task While_the_name_service_fails_a_name_leads_where_it_last_did_and_is_hardly_asked_for(SocketError error)
    {
        var addresses = Addresses();
        await addresses.OfAsync(Name, Ended);
        Fail(error);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal([One], await addresses.OfAsync(Name, Ended));
        }

        Assert.InRange(_asked, 2, 4);
    }

    [Fact]
    public async Task While_the_name_service_is_silent_only_the_first_who_ask_wait_for_it_and_its_answer_counts_when_it_comes()
    {
        var addresses = Addresses();
        await addresses.OfAsync(Name, Ended);
        var answer = new TaskCompletionSource<IPAddress[]>();
        _answer = () => answer.Task;
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal([One], await addresses.OfAsync(Name, Ended));
        }

        // 25 s, if each had waited.
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.24, 10);
        Assert.Equal(2, _asked);
        answer.SetResult([Other]);
        _answer = () => Task.FromResult<IPAddress[]>([Other]);
        Assert.Equal([Other], await addresses.OfAsync(Name, Ended));
    }

    [Theory]
    [InlineData(SocketError.HostNotFound)]
    [InlineData(SocketError.NoData)]
    public async Task A_name_that_was_taken_away_leads_nowhere_from_then_on(SocketError answer)
    {
        var addresses = Addresses();
        await addresses.OfAsync(Name, Ended);
        Fail(answer);
        Assert.Equal(answer, (await Assert.ThrowsAsync<SocketException>(() => addresses.OfAsync(Name, Ended).AsTask())).SocketErrorCode);
        Fail(SocketError.TryAgain);
        await Assert.ThrowsAsync<SocketException>(() => addresses.OfAsync(Name, Ended).AsTask());
    }

    [Fact]
    public async Task A_name_of_which_nobody_ever_said_where_it_leads_is_asked_for_each_time()
    {
        Fail(SocketError.TryAgain);
        var addresses = Addresses();
        await Assert.ThrowsAsync<SocketException>(() => addresses.OfAsync(Name, Ended).AsTask());
        _answer = () => Task.FromResult<IPAddress[]>([One]);
        Assert.Equal([One], await addresses.OfAsync(Name, Ended));
    }

    [Fact]
    public async Task An_address_is_not_looked_up()
    {
        var addresses = Addresses();
        Assert.Equal([One], await addresses.OfAsync("10.0.0.1", Ended));
        Assert.Equal([IPAddress.IPv6Loopback], await addresses.OfAsync("[::1]", Ended));
        Assert.Equal(0, _asked);
    }

    [Fact]
    public async Task Connections_begin_in_turn_at_each_address_of_the_preferred_family_and_the_families_alternate()
    {
        IPAddress[] all = [.. new[] { "fd00::1", "fd00::2", "fd00::3", "10.0.0.1", "10.0.0.2" }.Select(IPAddress.Parse)];
        _answer = () => Task.FromResult(all);
        var addresses = Addresses();
        foreach (var expected in new[]
        {
            "fd00::1 10.0.0.1 fd00::2 10.0.0.2 fd00::3",
            "fd00::2 10.0.0.1 fd00::3 10.0.0.2 fd00::1",
            "fd00::3 10.0.0.1 fd00::1 10.0.0.2 fd00::2",
            "fd00::1 10.0.0.1 fd00::2 10.0.0.2 fd00::3",
        })
        {
            Assert.Equal(expected, string.Join(' ', (await addresses.OfAsync(Name, Ended)).Select(one => one.ToString())));
        }
    }

    private HostAddresses Addresses() => new(
        _ =>
        {
            Interlocked.Increment(ref _asked);
            return _answer();
        },
        Logger.None,
        TimeProvider.System);

    private void Fail(SocketError error) => _answer = () => Task.FromException<IPAddress[]>(new SocketException((int)error));
}
