namespace Snapback.Journeys;

/// <summary>The same promise under 1,000 requests a second, with the canary's own log as the witness.</summary>
[Collection(nameof(Alone))]
public sealed class UnderLoadNobodyIsSentAfterTheDecision : Journey
{
    [Fact]
    public async Task The_last_pick_that_the_canary_saw_is_the_last_one_before_the_decision()
    {
        var stable = await NginxAsync(new NginxAnswer(200, "stable"));
        var canary = await NginxAsync(new NginxAnswer(200, "canary"));
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plans.StandingAt("50%"));
        await proxy.PostAsync("start", new { version = "2" });
        var load = Own(Load.Start(proxy.Traffic, perSecond: 1000));
        await proxy.SeeAsync("a good second at 50 %", status => status.Canary.Requests > 500);
        Assert.Equal(0, load.Counts.Failures);

        await canary.ReloadAsync(new NginxAnswer(500, "broken"));
        await proxy.SeeAsync("rolled back", status => status.IsRolledBack);
        var atRollback = load.Counts["stable"];
        await Eventually.SeeAsync("a good second after the rollback", () => load.Counts["stable"] > atRollback + 1000);
        var seen = await load.StopAsync();

        // Read after the load has ended: the record's late counts are final by then.
        var status = await proxy.StatusAsync();
        var record = status.Rollback;
        var picks = canary.Picks();
        Assert.All(picks, pick => Assert.Equal(1, pick.Generation));
        Assert.InRange(picks.Max(pick => pick.Sequence), 1, record.SequenceAtDecision);
        Assert.Equal(0, record.CanaryAfterDecision);
        Assert.Equal(0, status.Stable.Failures);
        Assert.Equal(record.Victims, seen.Failures);
        // However many failures it took: nginx changes its configuration worker by worker, and good answers of the old ones fall between.
        Assert.InRange(seen.Failures, 2, record.FailuresAtDecision - 1 + record.InFlightAtDecision);
        Assert.Equal(0, seen["none"]);
    }
}
