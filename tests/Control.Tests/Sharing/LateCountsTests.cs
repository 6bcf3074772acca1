using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

/// <summary>What becomes known of a rollback long after its decision.</summary>
public sealed class LateCountsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly ManualTime _time = new();

    [Theory]
    [InlineData("1s")]
    [InlineData("off")]
    public async Task Who_is_taken_back_at_the_latency_limit_reaches_the_store_also_when_the_drain_time_is_shorter_or_off(string drain)
    {
        await using var rig = await HandlerRig.MakeAsync(time: _time, plan: Samples.Plan with
        {
            Objectives = [.. Samples.Plan.Objectives.Where(static one => one.Metric != ObjectiveMetric.Latency), Samples.P95 with { Limit = Limit }],
            Rollback = Samples.Plan.Rollback with { Drain = drain == "off" ? null : TimeSpan.FromSeconds(1) },
        });
        await rig.DoneAsync(Samples.Start("v1"));
        var generation = rig.Live.Generation;
        await rig.RollBackAsync();
        await rig.ToldAsync();
        var began = _time.Monotonic;
        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _time.Monotonic - began >= Limit / 2;
        }, "half of the limit has passed");
        generation.Shielded(Outcome.Neutral);
        await Eventually.HoldsAsync(
            async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return (await rig.StoredAsync()).Rollback!.TakenBack == 1;
            },
            "the late count is stored");
    }

    /// <summary>It was counted here with the users whom stable had not answered yet.</summary>
    [Fact]
    public async Task A_rollback_that_another_replica_recorded_first_is_counted_by_it()
    {
        await using var rig = await HandlerRig.MakeAsync(time: _time);
        await rig.DoneAsync(Samples.Start("v1"));
        var record = Samples.Record with { Replica = "r2", Victims = 2 };
        var theirs = Transitions.Apply(rig.Live.Plan, rig.Status, new RolloutCommand.RollBack(record), TimeSpan.Zero, _time.GetUtcNow()).Next!;
        Assert.True(rig.Live.Merge(rig.Live.Plan, theirs));
        rig.Sync.Lowered(rig.Live);
        for (var second = 0; second < 20; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.DoesNotContain(rig.SyncLog, line => line.Contains("after its rollback", StringComparison.Ordinal));
        Assert.Contains("snapback_rollback_victims_total{rollout=\"shop\"} 0", await Scrape.OfAsync(rig.Metrics), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_sent_until_the_last_stream_was_cut_stands_in_the_history_also_when_another_version_has_begun(bool metBefore)
    {
        await using var rig = await HandlerRig.MakeAsync(
            time: _time, plan: Samples.Plan with { Rollback = Samples.Plan.Rollback with { Drain = TimeSpan.FromSeconds(30) } });
        await rig.DoneAsync(Samples.Start("v1"));
        var ledger = rig.Live.Generation.Exposure;
        if (metBefore)
        {
            ledger.Meet(7, _time.Monotonic);
        }

        await rig.RollBackAsync();
        await rig.ToldAsync();
        await rig.DoneAsync(Samples.Start("v2"));
        _time.Advance(TimeSpan.FromSeconds(20));
        ledger.Meet(8, _time.Monotonic);
        ledger.Part(1000, _time.Monotonic);
        await Eventually.HoldsAsync(
            async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                var line = (await rig.Store.HistoryAsync("shop", 10)).Single(static one => one.Kind == "rolled-back");
                return line.Exposure is { Bytes: 1000 } met && met.Requests == (metBefore ? 2 : 1);
            },
            "the line has what was sent after the decision");
    }
}
