using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>A cold canary may be slow for its first requests, and only slow.</summary>
public sealed class WarmUpTests
{
    private const int WarmUp = 20;

    private static readonly TimeSpan Limit = Samples.P95.Limit;

    private readonly LiveRig _rig = LiveRig.Started(
        Samples.Plan with
        {
            Objectives = [.. Samples.Plan.Objectives.Where(objective => objective.Metric != ObjectiveMetric.Latency), Samples.P95],
            Judge = JudgeTerms.Default with { WarmUp = WarmUp, MaxLatencyRatioToStable = 1.2 },
        },
        basisPoints: 5000);

    [Fact]
    public void Slow_answers_within_it_say_nothing_and_those_after_it_everything()
    {
        for (var i = 0; i < WarmUp; i++)
        {
            Answer(Limit);
        }

        Assert.Equal(
            (0L, 20L, RolloutPhase.Progressing),
            (_rig.Generation.Judge!.Latency!.Responses, _rig.Generation.Canary.Slow, _rig.Live.Status.Phase));
        Answer(Limit);
        Answer(Limit);
        Assert.Equal(RolloutPhase.Progressing, _rig.Live.Status.Phase);
        Answer(Limit);
        Assert.Equal(("p95", 3L), (_rig.Live.Status.Rollback!.Trigger, _rig.Live.Status.Rollback.Failures));
    }

    [Fact]
    public void Failures_within_it_count_from_the_first()
    {
        _rig.Serve(Outcome.Failure);
        _rig.Serve(Outcome.Failure);
        Assert.Equal("success-rate", _rig.Live.Status.Rollback!.Trigger);
    }

    [Fact]
    public void A_canary_that_hangs_from_the_start_makes_room_at_the_limit_until_enough_have_hung_after_it()
    {
        var hung = 0;
        for (var tick = 0; _rig.Live.Status.Phase == RolloutPhase.Progressing; tick++)
        {
            Assert.InRange(tick, 0, 100);
            while (_rig.Generation.Pick(0, now: _rig.Time.Monotonic) is { Arm: Arm.Canary } pick)
            {
                _rig.Generation.Dispatch(pick, _rig.Time.Monotonic);
                hung++;
            }

            _rig.Time.Advance(Limit);
            _rig.Generation.Tick(_rig.Time.Monotonic);
        }

        Assert.Equal("p95", _rig.Live.Status.Rollback!.Trigger);
        Assert.InRange(hung, WarmUp + 3, 2 * (WarmUp + 3));
    }

    [Fact]
    public void The_comparison_with_stables_p95_waits_for_its_end()
    {
        for (var i = 0; i < 200; i++)
        {
            _rig.Generation.Measured(Samples.Stable, TimeSpan.FromMilliseconds(10), TimeSpan.Zero, _rig.Time.Monotonic);
        }

        for (var i = 0; i < WarmUp; i++)
        {
            Answer(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(0, _rig.Generation.Judge!.RelativeLatency!.Slow.OfCanary);
        Answer(TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, _rig.Generation.Judge!.RelativeLatency!.Slow.OfCanary);
    }

    private void Answer(TimeSpan latency)
    {
        var generation = _rig.Generation;
        var pick = generation.Pick(0, now: _rig.Time.Monotonic);
        var ticket = generation.Dispatch(pick, _rig.Time.Monotonic)!;
        _rig.Time.Advance(latency);
        generation.Observe(pick, Outcome.Success, _rig.Time.Monotonic);
        generation.Measured(pick, latency, TimeSpan.Zero, _rig.Time.Monotonic);
        generation.Answered(ticket, _rig.Time.Monotonic);
        generation.Leave(pick.Arm);
    }
}
