using System.Globalization;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>
/// A client's own slowness is none of the canary's: a third of the clients are slow, and the p95 stays where it is with as many quick
/// clients that ask for the same.
/// </summary>
[Collection(nameof(SlowClientsTests))]
[CollectionDefinition(nameof(SlowClientsTests), DisableParallelization = true)]
public sealed class SlowClientsTests(ITestOutputHelper output)
{
    private const int QuickClients = 40;
    private const int Readers = 6;
    private const int Uploaders = 12;

    /// <summary>
    /// If their slowness counted, the p95 would be 1.8 times as high. That it moves by less than 5% is measured in the long run of
    /// <c>./test.sh --all</c>, alone: a busy machine moves it by more.
    /// </summary>
    private static readonly double Moved = double.Parse(
        Environment.GetEnvironmentVariable("SNAPBACK_P95_MOVES") ?? "1.4", CultureInfo.InvariantCulture);

    private static readonly TimeSpan ArmsTime = TimeSpan.FromSeconds(1);

    // Not at the same time: to take the large bodies costs the machine something.
    private static readonly TimeSpan ReadersTime = TimeSpan.FromSeconds(0.8);
    private static readonly TimeSpan UploadersTime = TimeSpan.FromSeconds(1.6);

    /// <summary>More than the sockets between proxy and client hold.</summary>
    private static readonly byte[] Body = new byte[6_000_000];

    [Theory]
    [InlineData(LatencyKind.FirstByte)]
    [InlineData(LatencyKind.Total)]
    public async Task Slow_readers_and_slow_uploaders_do_not_move_the_p95(LatencyKind kind)
    {
        var (without, with) = (TimeSpan.Zero, TimeSpan.MaxValue);
        // Both at the same time: a busy machine is slow for both, but not always for as many of each.
        for (var tries = 0; tries < 3 && with > without * Moved; tries++)
        {
            var both = await Task.WhenAll(P95Async(kind, slow: false), P95Async(kind, slow: true));
            (without, with) = (both[0], both[1]);
            output.WriteLine($"p95 {without.TotalMilliseconds:0.0} ms without slow clients, {with.TotalMilliseconds:0.0} ms with them");
        }

        Assert.InRange(with, ArmsTime, without * Moved);
    }

    [Fact]
    public async Task Clients_that_pause_for_longer_than_the_grace_period_get_the_rest()
    {
        await Task.WhenAll(
            PauseAsync("yarp", "1.1", hasLength: true),
            PauseAsync("lean", "1.1", hasLength: true),
            PauseAsync("lean", "1.1", hasLength: false),
            PauseAsync("lean", "1.0", hasLength: true),
            PauseAsync("lean", "1.0", hasLength: false));
    }

    private static async Task PauseAsync(string forwarder, string http, bool hasLength)
    {
        await using var rig = await ProxyRig.StartAsync(
            settings:
            [
                ("Snapback:Forwarder", forwarder),
                ("Kestrel:Limits:MinResponseDataRate:BytesPerSecond", "240"),
                ("Kestrel:Limits:MinResponseDataRate:GracePeriod", "00:00:01.1"),
            ]);
        rig.Canary.Handle = async context =>
        {
            context.Response.ContentLength = hasLength ? Body.Length : null;
            await context.Response.Body.WriteAsync(Body);
        };
        using var wire = await Wire.OpenAsync(rig.Address.Port, receiveBuffer: 4096);
        await wire.SendAsync($"GET / HTTP/{http}\r\nHost: a\r\nConnection: close\r\n\r\n");
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        await wire.DrainAsync();
        await rig.CountedAsync(1);
        Assert.Equal((1L, 0L), (rig.CanaryStats.Successes, rig.CanaryStats.Neutral));
    }

    private static async Task<TimeSpan> P95Async(LatencyKind kind, bool slow)
    {
        await using var rig = await ProxyRig.StartAsync(
            plan: ProxyRig.Plan with { Latency = kind, Judge = JudgeTerms.Default with { Admission = null } });
        rig.Canary.Handle = async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            await Task.Delay(ArmsTime);
            await context.Response.Body.WriteAsync(context.Request.Path == "/big" ? Body : Body.AsMemory(0, 10));
        };
        await rig.GetAsync();
        List<Task> all =
        [
            .. Enumerable.Range(0, QuickClients).Select(_ => rig.GetAsync()),
            .. Enumerable.Range(0, Readers).Select(_ => ReadAsync(rig.Address.Port, slow)),
            .. Enumerable.Range(0, Uploaders).Select(_ => UploadAsync(rig.Address.Port, slow)),
        ];
        await Task.WhenAll(all);
        await rig.CountedAsync(1 + all.Count);
        Assert.Equal((0L, 0L), (rig.CanaryStats.Failures, rig.CanaryStats.Neutral));
        return rig.CanaryStats.Latency.Quantile(0.95)!.Value;
    }

    private static async Task ReadAsync(int port, bool slow)
    {
        using var wire = await Wire.OpenAsync(port, receiveBuffer: slow ? 4096 : null);
        await wire.SendAsync("GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        await Task.Delay(slow ? ArmsTime + ReadersTime : TimeSpan.Zero);
        await wire.DrainAsync();
    }

    private static async Task UploadAsync(int port, bool slow)
    {
        using var wire = await Wire.OpenAsync(port);
        await wire.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nab");
        await Task.Delay(slow ? UploadersTime : TimeSpan.Zero);
        await wire.SendAsync("cd");
        await wire.DrainAsync();
    }
}
