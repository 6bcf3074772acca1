using Snapback.Control.Analysis;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control;

/// <summary>
/// Runs the decision on a throw-away rollout. Compiled on its first use it takes half a millisecond, and its first use would be
/// the first broken canary.
/// </summary>
internal static class WarmUp
{
    /// <summary>The runtime counts calls to 30 before it compiles a method again, and to 30 again if it wants to see it run first.</summary>
    private const int Rounds = 40;

    private const int Stages = 3;

    /// <summary>In which the compiler, which waits for a quiet moment, gets one.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static async Task RunAsync(TimeProvider time, CancellationToken stop)
    {
        for (var stage = 0; stage < Stages; stage++)
        {
            await Task.Delay(Pause, time, stop);
            Run(time);
        }
    }

    private static void Run(TimeProvider time)
    {
        var switches = new RolloutSwitches();
        var plan = DefaultPlan.For("warm-up", "a", "b");
        var live = new LiveRollout(plan, RolloutStatus.New(plan.Name, time.GetUtcNow()), "", switches, time, _ => { });
        for (var i = 0; i < Rounds; i++)
        {
            var start = new RolloutCommand.Start($"v{i}", "warm-up");
            live.Adopt(Transitions.Apply(plan, live.Status, start, TimeSpan.Zero, time.GetUtcNow()).Next!);
            var generation = live.Generation;
            while (generation.Number == live.Status.Generation && live.Status.Phase.IsOpen())
            {
                var pick = generation.Pick(0);
                generation.Observe(pick, Outcome.Success, time.GetElapsedTime(0));
                generation.Observe(pick, Outcome.Failure, time.GetElapsedTime(0));
                generation.Leave(pick.Arm);
            }
        }
    }
}
