using Snapback.Control.Analysis;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.LoadTests.Micro;

/// <summary>Rollbacks one after the other: from the deciding response, as the judge gets it, to weight 0.</summary>
/// <param name="replicas">1, or a fleet of which only this one has failures; the others have told nothing since the first.</param>
/// <param name="failures">Before the canary dies, each after some good responses: too few for a decision.</param>
internal sealed class Decision(int replicas = 1, int failures = 0)
{
    private const int Good = 1_000;

    /// <summary>Two thirds of a percent fail: more than allowed, and long not enough.</summary>
    private const int GoodToFailure = 150;

    /// <summary>The first ones are compiled on the way; the product does that at its start.</summary>
    private const int WarmUp = 100;

    private readonly LiveRollout _live = new(Plan, RolloutStatus.New(Plan.Name, Time.GetUtcNow()), "", new RolloutSwitches(), Time, _ => { });
    private int _rollbacks;

    private static TimeProvider Time => TimeProvider.System;

    private static RolloutPlan Plan { get; } = DefaultPlan.For("decision", "a", "b");

    private static TimeSpan Now => Time.GetElapsedTime(0);

    /// <summary>µs of so many rollbacks, ascending.</summary>
    public IReadOnlyList<double> Micros(int rollbacks)
    {
        while (_rollbacks < WarmUp)
        {
            RollBack();
        }

        return [.. Enumerable.Range(0, rollbacks).Select(_ => RollBack()).Order()];
    }

    private double RollBack()
    {
        var command = new RolloutCommand.SetWeight(new Weight(5000), $"v{_rollbacks++}", "micro");
        _live.Adopt(Transitions.Apply(Plan, _live.Status, command, TimeSpan.Zero, Time.GetUtcNow()).Next!);
        var generation = _live.Generation;
        Succeed(generation, Good);
        if (replicas > 1)
        {
            generation.Pool!.Peers = replicas - 1;
            for (var other = 1; other < replicas; other++)
            {
                generation.Take($"r{other}", default(Tally) with { CanaryGood = Good, StableGood = Good }, TimeSpan.Zero, Now);
            }
        }

        for (var i = 0; i < failures; i++)
        {
            Succeed(generation, GoodToFailure);
            Fail(generation);
        }

        if (!_live.Status.Phase.IsOpen())
        {
            throw new InvalidOperationException("Rolled back before the canary died.");
        }

        while (_live.Status.Phase.IsOpen())
        {
            Fail(generation);
        }

        return _live.Status.Rollback!.DecisionMicros;
    }

    private static void Succeed(Generation generation, int responses)
    {
        for (var n = 0; n < 2 * responses; n++)
        {
            var pick = generation.Pick(n % 2 * Weight.Whole);
            generation.Observe(pick, Outcome.Success, Now);
            generation.Leave(pick.Arm);
        }
    }

    private static void Fail(Generation generation)
    {
        var pick = generation.Pick(0);
        generation.Observe(pick, Outcome.Failure, Now);
        generation.Leave(pick.Arm);
    }
}
