using CsCheck;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>How long a step has been held: on the monotonic clock, and without the pauses.</summary>
public sealed class HoldTests
{
    private static readonly Gen<TimeSpan> Minutes = Gen.Int[0, 600].Select(seconds => TimeSpan.FromSeconds(seconds));

    [Fact]
    public void A_wall_clock_that_jumps_by_ten_years_changes_nothing() =>
        Gen.Select(Minutes, Gen.OneOf(-3650, 3650), Minutes).Sample((before, days, after) =>
        {
            var rig = LiveRig.Started();
            rig.Time.Advance(before);
            rig.Time.JumpWall(TimeSpan.FromDays(days));
            rig.Time.Advance(after);
            rig.Serve(Outcome.Success);
            Assert.Equal(before + after, rig.Now.Progress.Served);
            Assert.Equal(before + after >= Samples.Five.Hold, rig.Gate.State == GateState.Open);
            rig.Serve(Outcome.Failure);
            rig.Time.JumpWall(TimeSpan.FromDays(days));
            rig.Time.Advance(after);
            rig.Serve(Outcome.Failure);
            Assert.Equal(after, rig.Live.Status.Rollback!.Took);
        });

    [Fact]
    public void Pauses_keep_what_is_left_of_a_hold() => Minutes.Array[1, 8].Sample(spans =>
    {
        var rig = LiveRig.Started();
        var held = TimeSpan.Zero;
        for (var i = 0; i < spans.Length; i++)
        {
            rig.Time.Advance(spans[i]);
            held += i % 2 == 0 ? spans[i] : TimeSpan.Zero;
            Assert.Equal(held, rig.Now.Progress.Served);
            rig.Do(i % 2 == 0 ? Samples.Pause : Samples.Resume);
            Assert.Equal(held, rig.Now.Progress.Served);
        }
    });

    [Fact]
    public void Every_step_serves_its_own_hold_and_counts_its_own_responses()
    {
        var rig = LiveRig.Started();
        rig.Time.Advance(TimeSpan.FromMinutes(3));
        rig.Serve(Outcome.Success);
        Assert.Equal(new StepProgress(TimeSpan.FromMinutes(3), 1, 1), rig.Now.Progress);
        rig.Do(Samples.Advance);
        Assert.Equal(new StepProgress(TimeSpan.Zero, 0, 0), rig.Now.Progress);
        rig.Serve(Outcome.Success);
        rig.Serve(Outcome.Neutral);
        rig.Do(Samples.Pause, Samples.Resume);
        Assert.Equal(new StepProgress(TimeSpan.Zero, 1, 1), rig.Now.Progress);
    }

    [Fact]
    public void A_restart_counts_the_hold_from_what_was_stored()
    {
        var rig = LiveRig.Started();
        rig.Time.Advance(TimeSpan.FromMinutes(4));
        rig.Do(Samples.Pause, Samples.Resume);
        var loaded = new LiveRollout(rig.Plan, rig.Live.Status, "r1", rig.Switches, rig.Time, _ => { });
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(5), loaded.Snapshot(rig.Time.Monotonic).Progress.Served);
    }
}
