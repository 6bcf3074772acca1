using System.Diagnostics;

namespace Snapback.Journeys.Payments;

public sealed class CanaryGetsSlow : PaymentsJourney
{
    private const int LimitMs = 400;

    [Fact]
    public async Task A_canary_that_never_answers_is_rolled_back_at_the_latency_limit_with_its_requests_still_in_flight()
    {
        var (proxy, canary, load) = await AtHalfAsync();

        canary.Behaviour = Behaviour.Hang;
        var status = await RolledBackAsync(proxy, "p95");
        var seen = Stopwatch.GetTimestamp();

        var firstHung = canary.Arrivals.First(arrival => arrival.Answered == Behaviour.Hang).At;
        // The default time-out of an upstream is 100 s; one that saw the hang by it would come two orders of magnitude later.
        Assert.InRange(Stopwatch.GetElapsedTime(firstHung, seen).TotalMilliseconds, LimitMs - 50, LimitMs + 2000);
        Assert.True(status.Rollback.InFlightAtDecision >= 3, $"In flight: {status.Rollback}");
        Assert.Contains("400 ms", status.Rollback.Explanation, StringComparison.Ordinal);

        // Nothing but their age was the evidence; the users who were waiting get stable's answer, and none sees a time-out.
        await OnlyStableAsync(proxy);
        var counts = await load.StopAsync();
        Assert.Equal((0, 0), (counts.Failures, counts["given up"]));
        // The last of them is counted a moment after its user has the answer.
        var record = await Eventually.SeeAsync(
            "all are taken back",
            async () => (await proxy.StatusAsync(Rollout)).Rollback,
            rollback => rollback.TakenBack == status.Rollback.InFlightAtDecision);
        Assert.Equal(0, record.Victims);
    }

    [Fact]
    public async Task A_canary_that_answers_in_600_ms_is_rolled_back()
    {
        var (proxy, canary, load) = await AtHalfAsync();

        canary.Behaviour = Behaviour.Slow;
        var status = await RolledBackAsync(proxy, "p95");
        Assert.Contains("400 ms", status.Rollback.Explanation, StringComparison.Ordinal);
        Assert.InRange(status.Rollback.Failures, 2, status.Rollback.Requests);
        Assert.True((await proxy.StatusAsync(Rollout)).Canary.Slow >= status.Rollback.Failures);

        // Slow is no failure: every user got an answer.
        Assert.Equal(0, (await load.StopAsync()).Failures);
        Assert.Equal(0, (await proxy.StatusAsync(Rollout)).Canary.Failures);
        await OnlyStableAsync(proxy);
    }

    private async Task<(SnapbackProcess Proxy, Upstream Canary, Load Load)> AtHalfAsync()
    {
        var stable = await NginxAsync(StableAnswer);
        var canary = Upstream("canary");
        var proxy = await ServeAsync(stable.Uri, canary.Uri, Own(new Hook()).Url);
        var load = Own(Load.Start(proxy.Traffic, perSecond: 100));
        await ClimbAsync(proxy);
        return (proxy, canary, load);
    }
}
