using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

/// <summary>What was lowered is told when the rollout has gone on: whoever tells may have waited for a reader of the log.</summary>
public sealed class LateTellingTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task What_was_lowered_by_a_plan_with_more_steps_than_the_next_one_is_told_and_so_is_what_follows()
    {
        await using var rig = await HandlerRig.MakeAsync(time: _time);
        await using var sync = new RolloutSync(rig.Store, rig.Metrics, _time, new HandlerRig.Lines<RolloutSync>());
        await rig.DoneAsync(Samples.Start("v1"), Samples.Advance, Samples.Advance);
        rig.Switches.AutoRollback = false;
        for (var i = 0; i < 5; i++)
        {
            rig.Live.Generation.Observe(Samples.Canary, Outcome.Failure, _time.Monotonic);
        }

        Assert.Equal((RolloutPhase.Frozen, 3), (rig.Status.Phase, rig.Status.Step));
        sync.Lowered(rig.Live);
        await rig.RollBackAsync();
        await rig.Commands.PutPlanAsync(Samples.Plan with { Steps = [Samples.Five] }, "ann");
        await rig.DoneAsync(Samples.Start("v2"));
        sync.Start();
        await rig.RollBackAsync();
        sync.Lowered(rig.Live);

        List<string> told = [];
        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            while (sync.Feed.News.TryRead(out var news))
            {
                told.Add(news.Kind);
            }

            return told.Count >= 2;
        }, "both are told");
        Assert.Equal(["frozen", "rolled-back"], told.Order(StringComparer.Ordinal));
    }
}
