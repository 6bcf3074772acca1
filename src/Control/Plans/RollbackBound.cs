using System.Globalization;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>How long one detector takes at the most, from the first bad response to weight 0 everywhere.</summary>
/// <param name="Worst">Null if it does not see this break at all.</param>
/// <param name="How">What it waits for.</param>
/// <param name="IsJudges">The judge's own objective, and not somebody's check or a burn rate.</param>
public sealed record RollbackBound(string Detector, TimeSpan? Worst, string How, bool IsJudges)
{
    /// <summary>
    /// False where nothing can be late: the plan allows one bad response of five, or the detector never rolls back at all, which is said by
    /// itself.
    /// </summary>
    public bool IsDue { get; private init; } = true;

    /// <summary>
    /// The break that must be seen in time: one of five responses is bad, as with one dead instance of five behind a load balancer that
    /// goes round, after a long healthy time. What breaks harder is seen sooner; what leaks less is a matter of the budget, not of a deadline.
    /// </summary>
    private const int OneBadOf = 5;

    private const int LongHealthyTime = 100_000;

    /// <summary>Weight 0 holds here within microseconds; a replica that missed the message looks at the store at least once a second.</summary>
    private static readonly TimeSpan Act = TimeSpan.FromSeconds(2);

    /// <summary>Without a latency objective nobody says how long an answer takes while the admission window opens.</summary>
    private static readonly TimeSpan SlowAnswer = TimeSpan.FromSeconds(1);

    private const long Never = 100_000;

    /// <summary>The judge's objectives only if the plan declares its traffic; checks and burn rates always.</summary>
    public static IEnumerable<RollbackBound> Of(RolloutPlan plan)
    {
        foreach (var objective in plan.RequestsPerSecond is null || plan.Steps.IsEmpty ? [] : plan.Objectives)
        {
            yield return objective.Budget * OneBadOf < 1
                ? plan.Steps.Select(step => OfJudge(plan, objective, step.Seen)).MaxBy(bound => bound.Worst ?? TimeSpan.MaxValue)!
                : new RollbackBound(objective.Name, null, "it allows as much", IsJudges: true) { IsDue = false };
        }

        foreach (var check in plan.Checks.Where(check => !check.OnlyNotifies))
        {
            yield return new RollbackBound(
                $"check {check.Name}",
                check.CanBreak ? check.Interval * check.Rule.Failures + TimeoutOf(check.Source) + Act : null,
                $"{check.Rule}, every {Durations.Format(check.Interval)}{(check.CanBreak ? "" : $", {Counted.Of(check.Count!.Value, "time")} in all")}",
                IsJudges: false)
            {
                IsDue = check.CanBreak,
            };
        }

        foreach (var rule in plan.BurnRate?.Rules.Where(rule => !rule.OnlyNotifies && rule.Factor is not null) ?? [])
        {
            yield return OfBurn(plan.BurnRate!.Budget, rule, rule.Factor!.Value);
        }
    }

    private static RollbackBound OfJudge(RolloutPlan plan, Objective objective, Weight weight)
    {
        var rate = plan.RequestsPerSecond!.Value * weight.BasisPoints / Weight.Whole;
        var limit = plan.Find(ObjectiveMetric.Latency)?.Limit ?? SlowAnswer;
        // Those of the warm-up are not looked at for latency.
        var unseen = objective.Metric == ObjectiveMetric.Latency ? plan.Judge.WarmUp ?? 0 : 0;
        return ResponsesToSee(plan, objective, weight, rate) is { } responses
            ? new RollbackBound(
                objective.Name,
                Durations.Seconds(
                    Seconds(responses + unseen, rate, plan.Judge.Admission, limit.TotalSeconds) + objective.Limit.TotalSeconds) + Act,
                string.Create(CultureInfo.InvariantCulture, $"{Counted.Of(responses + unseen, "canary response")} at {weight}"),
                IsJudges: true)
            : new RollbackBound(
                objective.Name,
                null,
                string.Create(CultureInfo.InvariantCulture, $"not within {Never:N0} canary responses at {weight}"),
                IsJudges: true);
    }

    /// <summary>By the judge itself with all of the plan's rules, fed with four good ones before every bad one, beside a stable
    /// that is well.</summary>
    private static long? ResponsesToSee(RolloutPlan plan, Objective objective, Weight weight, double rate)
    {
        var judge = new Judge(PlanJudge.SettingsFor(plan));
        var (share, isErrors) = (weight.BasisPoints / (double)Weight.Whole, objective.Metric == ObjectiveMetric.SuccessRate);
        judge.CanaryGood(LongHealthyTime);
        judge.CanaryFast(LongHealthyTime);
        judge.StableGood(LongHealthyTime);
        judge.StableFast(LongHealthyTime);
        var ofStable = (int)Math.Min(OneBadOf * (1 - share) / share, LongHealthyTime);
        for (var responses = (long)OneBadOf; responses <= Never; responses += OneBadOf)
        {
            var now = Durations.Seconds(responses / rate);
            if (ofStable > 0)
            {
                judge.StableGood(ofStable);
                judge.StableFast(ofStable);
            }

            judge.CanaryGood(isErrors ? OneBadOf - 1 : OneBadOf);
            judge.CanaryFast(isErrors ? OneBadOf : OneBadOf - 1);
            if ((isErrors ? judge.CanaryFailed(now, share) : judge.CanarySlow(now, share)).EndsCanary)
            {
                return responses;
            }
        }

        return null;
    }

    /// <summary>The window begins at its width and is wider by one for every good answer; it may begin when the canary breaks.</summary>
    private static double Seconds(long responses, double rate, int? admission, double answer)
    {
        var (seconds, served, window) = (0.0, 0.0, (double)(admission ?? int.MaxValue));
        while (served < responses && window < rate * answer)
        {
            served += window;
            seconds += answer;
            window += window * (OneBadOf - 1) / OneBadOf;
        }

        return seconds + Math.Max(0, responses - served) / rate;
    }

    /// <summary>The window still is full of the healthy time: it burns fast enough once so much of it is bad.</summary>
    private static RollbackBound OfBurn(double budget, BurnRule rule, double factor)
    {
        var share = factor * budget * OneBadOf;
        var how = string.Create(CultureInfo.InvariantCulture, $"{factor:0.###}× over {string.Join(" and ", rule.Windows.Select(Durations.Format))}");
        return new RollbackBound(BurnRate.Name, share >= 1 ? null : rule.Windows.Max() * share + Act, how, IsJudges: false)
        {
            IsDue = rule.CanFire(budget),
        };
    }

    private static TimeSpan TimeoutOf(CheckSource source) => source switch
    {
        CheckSource.Prometheus prometheus => prometheus.Timeout,
        CheckSource.Web web => web.Timeout,
        _ => TimeSpan.Zero,
    };
}
