using System.Collections.Immutable;
using System.Globalization;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Simulation;

/// <summary>What an operator should know before the plan runs, each with what to do about it.</summary>
internal static class SimulationWarnings
{
    // One good rollout in a hundred: above that people begin to retry without looking.
    private const double OftenRolledBack = 0.01;

    private const double HardlyBlamed = 0.1;
    private const double Half = 0.5;

    // "Would need 10m and lasts 10m" tells nobody anything.
    private const double ClearlyLonger = 1.1;

    public static IEnumerable<string> Of(
        SimulationRequest request, SimulationSetup setup, HealthyResult healthy, IEnumerable<FaultResult> faults, IReadOnlyList<StepNeeds> steps)
    {
        // Where every canary is rolled back, that a storm rolls one back is no news.
        return
        [
            .. OfTheRuns(request),
            .. OfTheUnasked(request.Plan),
            .. OfTheBaseline(request, setup.LatencyLimit, healthy),
            .. request.Plan.Steps.Select((step, i) => OfTheWait(step, steps[i])).OfType<string>(),
            .. OfTheFirstStep(faults, request, steps[0]),
            .. faults.Where(fault => fault.Ended is not null && (fault.Scenario.IsCanarys || healthy.RolledBack.Share <= OftenRolledBack))
                .SelectMany(fault => OfTheFault(fault, request)),
        ];
    }

    private static IEnumerable<string> OfTheRuns(SimulationRequest request) =>
        request.Runs < SimulationEffort.UsualRuns && request.Runs == SimulationEffort.RunsFor(request)
            ? [WhatTakesLong(request)
                + Text($"{Counted.Of(request.Runs, "run")} for each scenario instead of {SimulationEffort.UsualRuns:N0}. ")
                + "Give --runs for more, and the time for them."]
            : [];

    private static string WhatTakesLong(SimulationRequest request) => SimulationEffort.IsOfReplicas(request)
        ? Text($"Each rollout is played on all of the {request.Traffic.Replicas:N0} replicas: ")
        : Text($"A rollout of this plan has some {SimulationEffort.EventsOfRun(request):N0} {WhatIsGoneThrough(request)}, ")
            + "which are gone through one by one: ";

    private static string WhatIsGoneThrough(SimulationRequest request) =>
        request.Judge.LatencyRatioToStable is null ? "failed or slow responses of both arms" : "responses of both arms to compare";

    private static IEnumerable<string> OfTheUnasked(RolloutPlan plan)
    {
        string[] unasked =
        [
            .. plan.Checks.Where(check => !check.OnlyNotifies).Select(check => $"check {check.Name}"),
            .. plan.BurnRate is null ? ImmutableArray<string>.Empty : ["the burn rate"],
        ];
        if (unasked.Length > 0)
        {
            yield return $"Not modelled: {string.Join(", ", unasked)}. " +
                $"A rollback that only {(unasked.Length == 1 ? "it" : "they")} would give is not among these.";
        }

        string[] ineligible =
        [
            .. plan.Segment.IsEverybody ? ImmutableArray<string>.Empty : ["the segment"],
            .. plan.Steps.Any(step => step.OnlyReads) ? ["'only: reads'"] : ImmutableArray<string>.Empty,
        ];
        if (ineligible.Length > 0)
        {
            yield return $"Not modelled: {string.Join(", ", ineligible)}. Here any request may meet the canary: give --rps as those that may.";
        }
    }

    private static IEnumerable<string> OfTheBaseline(SimulationRequest request, double limit, HealthyResult healthy)
    {
        var (judge, traffic) = (request.Judge, request.Traffic);
        if (judge.Errors is { } errors && traffic.Healthy >= errors.Budget)
        {
            yield return
                $"The healthy error rate of {Exact(traffic.Healthy)} breaks the plan's own limit of {Exact(errors.Budget)}: " +
                $"{AsGoodAsStable(healthy)} " +
                $"Lower 'min' of success-rate below {Exact(1 - traffic.Healthy)}, or mend stable first.";
        }
        else if (judge.Latency is { } latency && traffic.Latency.ShareOver(limit) is var slow && slow >= latency.Budget)
        {
            yield return
                $"{Percent(slow)} of the healthy answers are over the plan's limit of {Number(limit * 1000)} ms, " +
                $"and {Exact(latency.Budget)} are allowed: {AsGoodAsStable(healthy)} " +
                "Raise 'max', or give --latency as stable really is.";
        }
        else if (healthy.RolledBack.Share > OftenRolledBack)
        {
            yield return
                $"{Percent(healthy.RolledBack.Share)} of the healthy rollouts were rolled back, most by {Words(healthy.MostOften)}. " +
                $"{Remedy(request, healthy.MostOften)}";
        }
    }

    /// <summary>A short rollout on little traffic ends before it is shown.</summary>
    private static string AsGoodAsStable(HealthyResult healthy)
    {
        var runs = healthy.RolledBack.Share switch { <= 0 => "none", >= 1 => "all", var share => Percent(share) };
        return $"a canary as good as stable is rolled back once enough responses show it, in {runs} of these runs.";
    }

    private static string Remedy(SimulationRequest request, Cause cause) =>
        cause == Cause.Consecutive ? "Raise 'consecutiveFailures', or leave it out."
        : cause == Cause.HarmCap ? "Set a limit further from the healthy rate, or raise 'harmCap'."
        : request.Traffic.Burst > 1 ? $"Failures in bursts look like a broken canary; set a looser limit{OrLessSensitive(request)}."
        : $"Set a limit further from the healthy rate{OrLessSensitive(request)}.";

    private static string OrLessSensitive(SimulationRequest request) => request.Plan.Sensitivity == Sensitivity.Low ? "" : ", or 'sensitivity: low'";

    private static string RemedyOfRetries(SimulationRequest request)
    {
        var ease = request switch
        {
            { Judge.ConsecutiveFailures: not null } => "Raise 'consecutiveFailures'",
            { Plan.Sensitivity: Sensitivity.Low } => "Set a looser limit",
            _ => "Set 'sensitivity: low'",
        };
        return request.Plan.Sticky.IsEmpty
            ? $"Set 'sticky', so that clients can be told apart, or {char.ToLowerInvariant(ease[0])}{ease[1..]}."
            : $"{ease}.";
    }

    private static string RemedyOfBlame(JudgeSettings judge) => judge switch
    {
        { ConsecutiveFailures: not null } => "Failures in a row are counted without asking whose they are: leave 'consecutiveFailures' out.",
        { Attribution: null } => "'attribution: off' asks nobody whose failures they are: leave it on.",
        _ => "Begin at a smaller weight, so that stable has requests to compare with.",
    };

    private static string? OfTheWait(Step step, StepNeeds needs) =>
        needs.Seconds > step.Hold.TotalSeconds && step.Hold > TimeSpan.Zero && step.Requests > 1
            ? $"The {step.Name} step waits {Time(needs.Seconds)} for its {Counted.Of(step.Requests, "request")} " +
                $"at {Rate(needs.CanaryPerSecond)} per second, longer than its hold of {Durations.Format(step.Hold)}. " +
                $"Ask for fewer, or raise the {(step.IsShadow ? "share" : "weight")}."
            : null;

    private static IEnumerable<string> OfTheFault(FaultResult fault, SimulationRequest request)
    {
        var ended = fault.Ended!.Share;
        switch (fault.Scenario.Fault)
        {
            case Fault.Errors when request.Judge.Errors is { } limit && fault.Scenario.Rate <= limit.Budget:
                if (ended < Half)
                {
                    yield return $"{fault.Scenario.Name} is within the plan's limit of {Exact(limit.Budget)}, so it is promoted. " +
                        "If that is too bad for you, raise 'min' of success-rate.";
                }

                break;
            case Fault.Hang when request.Judge.Latency is null:
                var found = fault.Seconds.Median is { } s ? Time(s) : "not in this plan";
                yield return $"A canary that hangs is found only when its requests time out: {found}. " +
                    "Add an objective such as '{ metric: p95, max: 400ms }'.";
                break;
            case Fault.RetryStorm when ended > OftenRolledBack:
                yield return
                    $"One client that repeats a hopeless request {Scenario.Retries} times " +
                    $"rolls a healthy canary back in {Percent(ended)} of the runs. {RemedyOfRetries(request)}";
                break;
            case Fault.Outage when fault.Blamed!.Share > HardlyBlamed:
                yield return Text(
                    $"An outage of both arms is blamed on the canary in {Percent(fault.Blamed.Share)} of the runs. {RemedyOfBlame(request.Judge)}");
                break;
        }
    }

    /// <summary>Only the worst that the first step misses is told: it misses all that is milder.</summary>
    private static IEnumerable<string> OfTheFirstStep(IEnumerable<FaultResult> faults, SimulationRequest request, StepNeeds step)
    {
        var missed = faults
            .Where(fault => fault is { Ended: not null, Scenario.Fault: Fault.Errors } && request.Traffic.BreaksAfter == 0
                && !(request.Judge.Errors is { } limit && fault.Scenario.Rate <= limit.Budget) && fault.EndedInFirstStep < Half)
            .OrderByDescending(fault => fault.Scenario.Rate)
            .ToList();
        return missed.Count == 0 ? [] : [OfTheStep(missed[0], missed.Count > 1 ? " or less" : "", request, step)];
    }

    private static string OfTheStep(FaultResult fault, string orLess, SimulationRequest request, StepNeeds step)
    {
        var needed = fault.Responses.Median
            ?? StepNeeds.ResponsesToFind(fault.Scenario.Rate, request.Judge) * request.Traffic.Replicas;
        var where = $"At {fault.Scenario.Name}{orLess} and {Counted.Of(step.CanaryPerSecond, "canary request")} per second the {step.Step.Name} step";
        return double.IsFinite(needed) && needed / step.CanaryPerSecond > step.Seconds * ClearlyLonger
            ? $"{where} would need {Time(needed / step.CanaryPerSecond)} and lasts {Time(step.Seconds)}. " +
                "Hold it longer or raise its weight, or accept that a later step finds it."
            : $"{where} lasts {Time(step.Seconds)} and finds it in {Percent(fault.EndedInFirstStep)} of the runs. " +
                "Hold it longer, or raise its weight.";
    }

    internal static string Words(Cause cause) => cause switch
    {
        Cause.Errors => "errors",
        Cause.Latency => "latency",
        Cause.Relative => "comparison with stable",
        Cause.RelativeLatency => "stable's latency",
        Cause.HarmCap => "harm cap",
        Cause.Consecutive => "failures in a row",
        Cause.SharedGraceOver => "precaution",
        _ => "nothing",
    };

    // To the second, or above ten minutes to the minute: an estimate that is told to the millisecond lies.
    private static string Time(double seconds)
    {
        var unit = seconds switch { >= 600 => 60, >= 1 => 1, _ => 0.001 };
        return Durations.Format(TimeSpan.FromSeconds(Math.Round(Math.Min(seconds, 1e9) / unit) * unit));
    }

    private static string Rate(double perSecond) => Number(perSecond);

    private static string Number(double value) => Text($"{value:0.###}");

    private static string Exact(double share) => Text($"{share * 100:0.####}%");

    private static string Percent(double share) =>
        share switch { >= 0.1 => Text($"{share * 100:0}%"), >= 0.01 => Text($"{share * 100:0.#}%"), _ => Text($"{share * 100:0.##}%") };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
