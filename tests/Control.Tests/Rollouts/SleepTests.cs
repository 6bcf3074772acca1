using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>A rollout without traffic costs the tick nothing, and misses nothing by it.</summary>
public sealed class SleepTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly RolloutPlan Plan = Samples.Plan with { Objectives = [Samples.P95] };

    [Fact]
    public void Requests_after_a_long_sleep_are_slow_at_the_limit_all_the_same()
    {
        var (rig, board) = Asleep();
        for (var i = 0; i < 3; i++)
        {
            rig.Generation.Dispatch(Samples.Canary, rig.Time.Monotonic);
        }

        Pass(rig, board, Samples.P95.Limit);
        Assert.Equal(3, rig.Generation.Canary.Slow);
        Assert.Equal(RolloutPhase.RolledBack, rig.Live.Status.Phase);
    }

    [Fact]
    public void Whoever_waits_is_ticked_however_long_nobody_else_comes()
    {
        var rig = LiveRig.Started(Plan with { Objectives = [Samples.P95 with { Limit = Long }] });
        var board = new RolloutBoard();
        board.Put(rig.Live);
        rig.Generation.Dispatch(Samples.Canary, rig.Time.Monotonic);
        Pass(rig, board, Long - TimeSpan.FromTicks(1));
        Assert.Equal(0, rig.Generation.Canary.Slow);
        Pass(rig, board, TimeSpan.FromTicks(1));
        Assert.Equal(1, rig.Generation.Canary.Slow);
    }

    [Fact]
    public void A_sleeping_rollout_is_not_ticked()
    {
        var (rig, board) = Asleep();
        Assert.True(rig.Live.IsAsleep);
        rig.Generation.Dispatch(Samples.Canary, rig.Time.Monotonic);
        Assert.False(rig.Live.IsAsleep);
        Pass(rig, board, Samples.P95.Limit - TimeSpan.FromTicks(1));
        Assert.False(rig.Live.IsAsleep);
        Pass(rig, board, TimeSpan.FromTicks(1));
        Assert.True(rig.Live.IsAsleep);
    }

    [Fact]
    public void What_was_rolled_back_sleeps_though_its_evidence_stays()
    {
        var rig = LiveRig.Started();
        var board = new RolloutBoard();
        board.Put(rig.Live);
        Assert.Equal(RolloutPhase.RolledBack, Break(rig).Phase);
        Pass(rig, board, Long);
        Pass(rig, board, Long);
        Assert.True(rig.Live.IsAsleep);
    }

    [Fact]
    public void A_rollback_in_doubt_is_watched_for_the_grace_and_then_sleeps()
    {
        var rig = LiveRig.Started(Plan with { Objectives = [Samples.Success, Samples.P95] }, basisPoints: 9_900);
        var board = new RolloutBoard();
        board.Put(rig.Live);
        Assert.Equal(RolloutPhase.RolledBack, Break(rig).Phase);
        Pass(rig, board, TimeSpan.FromSeconds(9));
        Assert.False(rig.Live.IsAsleep);
        Assert.NotNull(rig.Generation.Dispatch(Samples.Stable, rig.Time.Monotonic));
        Pass(rig, board, TimeSpan.FromSeconds(1));
        Pass(rig, board, Long);
        Assert.True(rig.Live.IsAsleep);
        Assert.Null(rig.Generation.Dispatch(Samples.Stable, rig.Time.Monotonic));
    }

    [Fact]
    public async Task No_request_is_forgotten_that_comes_while_it_falls_asleep()
    {
        var (rig, board) = Asleep();
        for (var round = 0; round < 2_000; round++)
        {
            var sent = rig.Generation.Canary.Slow + 1;
            var generation = rig.Generation;

            // The tick would put it to sleep again, while the request is sent.
            rig.Live.Wake();
            var now = rig.Time.Monotonic;
            using var together = new Barrier(2);
            await Task.WhenAll(
                Task.Run(() =>
                {
                    together.SignalAndWait(TestContext.Current.CancellationToken);
                    board.Tick(now);
                }, TestContext.Current.CancellationToken),
                Task.Run(() =>
                {
                    together.SignalAndWait(TestContext.Current.CancellationToken);
                    generation.Dispatch(Samples.Canary, now);
                }, TestContext.Current.CancellationToken));
            Pass(rig, board, Samples.P95.Limit);
            Assert.Equal(sent, generation.Canary.Slow);
            rig.Do(Samples.Start($"v{round + 2}"));
        }
    }

    private static RolloutStatus Break(LiveRig rig)
    {
        while (rig.Live.Status.Phase == RolloutPhase.Progressing)
        {
            rig.Serve(Outcome.Failure);
        }

        return rig.Live.Status;
    }

    private static (LiveRig Rig, RolloutBoard Board) Asleep()
    {
        var rig = LiveRig.Started(Plan);
        var board = new RolloutBoard();
        board.Put(rig.Live);
        board.Tick(rig.Time.Monotonic);
        Pass(rig, board, Long);
        return (rig, board);
    }

    private static void Pass(LiveRig rig, RolloutBoard board, TimeSpan time)
    {
        rig.Time.Advance(time);
        board.Tick(rig.Time.Monotonic);
    }
}
