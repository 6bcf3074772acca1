using System.Collections.Immutable;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Simulation;

/// <summary>What one step of the plan sees, and what that is good for.</summary>
/// <param name="Seconds">How long the step lasts on this traffic: its hold, or longer if its requests take longer.</param>
/// <param name="CanaryPerSecond">All replicas together.</param>
/// <param name="Responses">Canary responses in the step.</param>
/// <param name="Finds">The mildest failure rate that the step finds on average; null if it finds none, or has no budget for errors.</param>
public sealed record StepNeeds(Step Step, double Seconds, double CanaryPerSecond, double Responses, double? Finds)
{
    // What the mixture over rates costs above a test for the one true rate; measured, at 1.07 to 1.14.
    private const double OverTheBound = 1.1;

    private const int Halvings = 50;

    internal static ImmutableArray<StepNeeds> Of(RolloutPlan plan, JudgeSettings judge, TrafficModel traffic) =>
        [.. plan.Steps.Select(step => Of(step, judge, traffic))];

    internal static double SecondsOf(Step step, TrafficModel traffic) =>
        Math.Max(step.Hold.TotalSeconds, step.Requests / (traffic.PerSecond * ShareOf(step, traffic)));

    /// <summary>
    /// Canary responses until a failure rate is found on average, from the start: Wald's bound and a tenth, or what a run of failures takes.
    /// Infinite if it never is.
    /// </summary>
    internal static double ResponsesToFind(double rate, JudgeSettings judge) => judge switch
    {
        { ConsecutiveFailures: { } run } => rate < 1 ? (Math.Pow(rate, -run) - 1) / (1 - rate) : run,
        { Errors: { } budget } when rate > budget.Budget =>
            Math.Max(budget.MinFailures, -Math.Log(budget.Alpha) / Numerics.Kl(rate, budget.Budget) * OverTheBound),
        _ => double.PositiveInfinity,
    };

    private static StepNeeds Of(Step step, JudgeSettings judge, TrafficModel traffic)
    {
        var perSecond = traffic.PerSecond * ShareOf(step, traffic);
        var seconds = SecondsOf(step, traffic);
        var responses = seconds * perSecond;
        // Each replica must find it by its own responses.
        return new StepNeeds(step, seconds, perSecond, responses, Mildest(judge, responses / traffic.Replicas));
    }

    private static double? Mildest(JudgeSettings judge, double responses)
    {
        if (ResponsesToFind(1, judge) > responses)
        {
            return null;
        }

        var (missed, found) = (0d, 1d);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (missed + found) / 2;
            (missed, found) = ResponsesToFind(middle, judge) > responses ? (middle, found) : (missed, middle);
        }

        return found;
    }

    /// <summary>The share of the requests that the canary sees; only safe ones are copied.</summary>
    internal static double ShareOf(Step step, TrafficModel traffic) =>
        step.Seen.BasisPoints / (double)Weight.Whole * (step.IsShadow ? traffic.Safe : 1);
}
