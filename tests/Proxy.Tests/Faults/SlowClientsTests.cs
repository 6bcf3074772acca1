using System.Globalization;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>A client's own slowness is none of the canary's: a third of the clients are slow, and the p95 stays where it is.</summary>
[Collection(nameof(SlowClientsTests))]
[CollectionDefinition(nameof(SlowClientsTests), DisableParallelization = true)]
public sealed class SlowClientsTests
{
    private const int QuickClients = 40;
    private const int SlowReaders = 6;
    private const int SlowUploaders = 12;

    /// <summary>
    /// If their slowness counted, the p95 would be 1.8 times as high. That it moves by less than 5% is measured in the long run of
    /// <c>./test.sh --all</c>, alone: a busy machine moves it by more.
    /// </summary>
    private static readonly double Moved = double.Parse(Environment.GetEnvironmentVariable("SNAPBACK_P95_MOVES") ?? "1.4", CultureInfo.InvariantCulture);

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
        // A busy machine is slow for everybody now and then.
        for (var tries = 0; tries < 3 && with > without * Moved; tries++)
        {
            without = await P95Async(kind, slow: false);
            with = await P95Async(kind, slow: true);
        }

        Assert.InRange(with, ArmsTime, without * Moved);
    }

    private static async Task<TimeSpan> P95Async(LatencyKind kind, bool slow)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Plan with { Latency = kind, Judge = JudgeTerms.Default with { Admission = null } });
        rig.Canary.Handle = async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            await Task.Delay(ArmsTime);
            await context.Response.Body.WriteAsync(context.Request.Path == "/big" ? Body : Body.AsMemory(0, 10));
        };
        await rig.GetAsync();
        List<Task> all = [.. Enumerable.Range(0, QuickClients).Select(_ => rig.GetAsync())];
        if (slow)
        {
            all.AddRange(Enumerable.Range(0, SlowReaders).Select(_ => ReadSlowlyAsync(rig.Address.Port)));
            all.AddRange(Enumerable.Range(0, SlowUploaders).Select(_ => UploadSlowlyAsync(rig.Address.Port)));
        }

        await Task.WhenAll(all);
        await rig.CountedAsync(1 + all.Count);
        Assert.Equal((0L, 0L), (rig.CanaryStats.Failures, rig.CanaryStats.Neutral));
        return rig.CanaryStats.Latency.Quantile(0.95)!.Value;
    }

    private static async Task ReadSlowlyAsync(int port)
    {
        using var wire = await Wire.OpenAsync(port, receiveBuffer: 4096);
        await wire.SendAsync("GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        await Task.Delay(ArmsTime + ReadersTime);
        await wire.DrainAsync();
    }

    private static async Task UploadSlowlyAsync(int port)
    {
        using var wire = await Wire.OpenAsync(port);
        await wire.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nab");
        await Task.Delay(UploadersTime);
        await wire.SendAsync("cd");
        await wire.DrainAsync();
    }
}
