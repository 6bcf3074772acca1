using System.Collections.Concurrent;
using System.Diagnostics;

namespace Snapback.Journeys.Fleet;

/// <summary>
/// The pace of the data plane with Redis well, standing still and gone, in turns within one run, so that whatever else the machine does
/// falls on all three alike. The figures of docs/fleet-measured.md, on a machine that does nothing else.
/// </summary>
[Collection(nameof(Alone))]
public sealed class RequestsDoNotFeelRedis : FleetJourney
{
    private const int PerSecond = 400;

    private enum Redis
    {
        Well,
        Frozen,
        Gone,
    }

    [Fact]
    public async Task No_request_fails_and_none_waits_while_Redis_stands_still_or_is_gone()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 2);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50);
        await MeasureAsync(TimeSpan.FromSeconds(3));

        var seen = Enum.GetValues<Redis>().ToDictionary(how => how, _ => new List<double>());
        for (var turn = 0; turn < (Times == 1 ? 1 : 6); turn++)
        {
            seen[Redis.Well].AddRange(await MeasureAsync(TimeSpan.FromSeconds(4)));
            redis.Process.Freeze();
            seen[Redis.Frozen].AddRange(await MeasureAsync(TimeSpan.FromSeconds(4)));
            redis.Process.Thaw();
            await AllSeeAsync("heard again", status => status.Fleet.Heard);
            await redis.KillAsync();
            seen[Redis.Gone].AddRange(await MeasureAsync(TimeSpan.FromSeconds(4)));
            await redis.StartAgainAsync();
            await AllSeeAsync("heard again", status => status.Fleet.Heard);
        }

        foreach (var (how, milliseconds) in seen)
        {
            Tell($"requests with Redis {how}", milliseconds);
        }

        // A tenth, and half a millisecond for a machine whose timer is that coarse. One short turn says less: there, that no request
        // waits for an answer of Redis, which gives up after 0.8 s.
        var most = P99(seen[Redis.Well]) * 1.1 + 0.5;
        Assert.All([Redis.Frozen, Redis.Gone], how => Assert.InRange(P99(seen[how]), 0, Times == 1 ? most + 500 : most));
        await EveryJournalHoldsAsync();
    }

    private static double P99(List<double> milliseconds) => milliseconds.Order().ElementAt((int)(milliseconds.Count * 0.99));

    /// <summary>At a fixed pace, each counted from when it was due; a failure is one of the test.</summary>
    private async Task<IReadOnlyCollection<double>> MeasureAsync(TimeSpan during)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Eventually.Patience };
        var (taken, asking) = (new ConcurrentBag<double>(), new List<Task>());
        var started = Stopwatch.GetTimestamp();
        for (var sent = 0; Stopwatch.GetElapsedTime(started) < during;)
        {
            for (var due = (int)(Stopwatch.GetElapsedTime(started).TotalSeconds * PerSecond); sent < due; sent++)
            {
                asking.Add(AskAsync(Replicas[sent % Replicas.Count].Traffic, Stopwatch.GetTimestamp()));
            }

            await Task.Delay(1, Ended);
        }

        await Task.WhenAll(asking);
        return taken;

        async Task AskAsync(Uri uri, long at)
        {
            using var response = await client.GetAsync(uri, Ended);
            await response.Content.ReadAsByteArrayAsync(Ended);
            taken.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
            Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        }
    }
}
