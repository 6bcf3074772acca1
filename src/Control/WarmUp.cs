using System.Runtime;
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
    /// <summary>More than the 1,000 calls after which the runtime, as it is configured, compiles a method again with optimisation.</summary>
    private const int Rounds = 1_100;

    /// <summary>
    /// The runtime compiles a hot method twice: instrumented, and again by what the instrumented code has seen. The third stage is for methods that
    /// were not compiled in time for the first two.
    /// </summary>
    private const int Stages = 3;

    /// <summary>If nothing was compiled for so long, the background compiler has nothing to do.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>A proxy that is busy from its start on keeps the compiler busy for some seconds; a stage does not wait for longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Code is compiled once for all replicas of a process.</summary>
    private static bool _isDone;

    public static async Task RunAsync(TimeProvider time, CancellationToken stop)
    {
        for (var stage = 0; stage < Stages && !Volatile.Read(ref _isDone); stage++)
        {
            await WaitForCompilerAsync(time, stop);
            Run(time);
        }

        Volatile.Write(ref _isDone, true);
    }

    /// <summary>Waits until the compiler rests: calls that are made before are not counted, and take the core from traffic.</summary>
    private static async Task WaitForCompilerAsync(TimeProvider time, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        long before;
        do
        {
            before = JitInfo.GetCompiledMethodCount();
            await Task.Delay(Pause, time, stop);
        }
        while (JitInfo.GetCompiledMethodCount() != before && time.GetElapsedTime(began) < Patience);
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
