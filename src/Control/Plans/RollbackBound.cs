using System.Collections.Immutable;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>How long a rollback takes at the most, from the first bad response to weight 0 everywhere, at the declared traffic.</summary>
/// <param name="Objective">The one that is slowest to be seen broken.</param>
/// <param name="Responses">Canary responses until it is.</param>
public sealed record RollbackBound(TimeSpan Worst, string Objective, Weight Weight, long Responses)
{
    /// <summary>
    /// The break that must be seen in time: one of five responses is bad, as with one dead instance of five, after a long healthy
    /// time. What breaks harder is seen sooner; what leaks less is a matter of the budget, not of a deadline.
    /// </summary>
    private const int OneBadOf = 5;

    private const int LongHealthyTime = 100_000;

    /// <summary>Weight 0 holds here within microseconds; a replica that missed the message looks at the store at least once a second.</summary>
    private static readonly TimeSpan Act = TimeSpan.FromSeconds(2);

    private const long Never = 1_000_000;

    /// <summary>Null if the plan declares no traffic.</summary>
    public static RollbackBound? Of(RolloutPlan plan)
    {
        if (plan.RequestsPerSecond is not { } rate || plan.Steps.IsEmpty || plan.Objectives.IsEmpty)
        {
            return null;
        }

        var weight = plan.Steps.Min(step => step.Seen);
        var slowest = plan.Objectives.Select(objective => (objective, Responses: ResponsesToSee(plan, objective))).MaxBy(one => one.Responses);
        var seconds = slowest.Responses / (rate * weight.BasisPoints / Weight.Whole) + slowest.objective.Limit.TotalSeconds;
        return new RollbackBound(Durations.Seconds(seconds) + Act, slowest.objective.Name, weight, slowest.Responses);
    }

    /// <summary>By the detector itself, fed with four good ones before every bad one.</summary>
    private static long ResponsesToSee(RolloutPlan plan, Objective objective)
    {
        var detector = new Detector(DetectorSettings.For(objective.Budget, plan.Sensitivity.Alpha()));
        detector.Good(LongHealthyTime);
        for (var responses = 1L; responses < Never; responses++)
        {
            if (responses % OneBadOf != 0)
            {
                detector.Good();
            }
            else if (detector.Bad(TimeSpan.Zero))
            {
                return responses;
            }
        }

        return Never;
    }
}
