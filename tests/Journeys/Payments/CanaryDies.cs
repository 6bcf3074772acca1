namespace Snapback.Journeys.Payments;

public sealed class CanaryDies : PaymentsJourney
{
    [Fact]
    public async Task Kill_9_of_the_canary_takes_it_to_zero()
    {
        var (proxy, canary, _, load) = await AtHalfInNginxAsync();

        await canary.KillAsync();
        var status = await RolledBackAsync(proxy, "success-rate");

        // A dead port refuses at once: after some good requests it takes three failures, plus what was on its way.
        var seen = await load.StopAsync();
        // Nobody sees it: stable answers instead, and the canary is charged.
        Assert.Equal(0, seen.Failures);
        var record = (await proxy.StatusAsync(Rollout)).Rollback;
        Assert.InRange(record.Shielded, 2, 2 + status.Rollback.InFlightAtDecision);
        Assert.Equal(0, record.Victims);
        Assert.Equal(0, (await proxy.StatusAsync(Rollout)).Stable.Failures);
        await OnlyStableAsync(proxy);
    }
}
