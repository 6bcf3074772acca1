using Snapback.Control.Rollouts;

namespace Snapback.Control.Simulation;

/// <summary>
/// How many of a run's victims are left where stable answers what the canary failed: those whose requests cannot be replayed, and those
/// beyond the budget. Nobody is spared a slow answer; one that never comes is taken back with the rollback.
/// </summary>
internal static class ShieldedHarm
{
    public static double Of(RunOutcome run, Scenario scenario, ShieldTerms shield, TrafficModel traffic)
    {
        if (scenario.Fault == Fault.Slow)
        {
            return run.Victims;
        }

        var window = Math.Min(run.Seconds, ReplayBudget.Window.TotalSeconds);
        var budget = ReplayBudget.Floor * traffic.Replicas + shield.Budget * traffic.PerSecond * window;
        return run.Victims - Math.Min(run.Victims * traffic.Safe, budget);
    }
}
