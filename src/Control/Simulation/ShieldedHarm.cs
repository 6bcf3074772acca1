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

        // Stable's traffic before the rollout is part of the last ten seconds.
        var budget = ReplayBudget.Floor * traffic.Replicas + shield.Budget * traffic.PerSecond * ReplayBudget.Window.TotalSeconds;
        return run.Victims - Math.Min(run.Victims * traffic.Safe, budget);
    }
}
