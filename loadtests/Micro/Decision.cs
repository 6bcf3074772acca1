using Snapback.Control.Analysis;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.LoadTests.Micro;

/// <summary>Rollbacks one after the other: from the deciding response, as the judge gets it, to weight 0.</summary>
internal static class Decision
{
    private const int Good = 1_000;

    /// <summary>The first ones are compiled on the way; the product does that at its start.</summary>
    private const int WarmUp = 100;

    /// <summary>µs of so many rollbacks, ascending.</summary>
    public static IReadOnlyList<double> Micros(int rollbacks)
    {
        var time = TimeProvider.System;
        var plan = DefaultPlan.For("decision", "a", "b");
        var live = new LiveRollout(plan, RolloutStatus.New(plan.Name, time.GetUtcNow()), "", new RolloutSwitches(), time, _ => { });
        var micros = new List<double>();
        for (var i = 0; i < WarmUp + rollbacks; i++)
        {
            live.Adopt(Transitions.Apply(plan, live.Status, new RolloutCommand.SetWeight(new Weight(5000), $"v{i}", "micro"), TimeSpan.Zero, time.GetUtcNow()).Next!);
            var generation = live.Generation;
            for (var n = 0; n < Good; n++)
            {
                var pick = generation.Pick(n % 2 * Weight.Whole);
                generation.Observe(pick, Outcome.Success, time.GetElapsedTime(0));
                generation.Leave(pick.Arm);
            }

            while (live.Status.Phase.IsOpen())
            {
                var pick = generation.Pick(0);
                generation.Observe(pick, Outcome.Failure, time.GetElapsedTime(0));
                generation.Leave(pick.Arm);
            }

            micros.Add(live.Status.Rollback!.DecisionMicros);
        }

        return [.. micros.Skip(WarmUp).Order()];
    }
}
