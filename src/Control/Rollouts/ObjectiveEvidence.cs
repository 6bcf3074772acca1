using System.Globalization;
using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>How one rule of the judge stands.</summary>
/// <param name="Name">"success-rate", "p95", or "relative" and "relative-latency" for the comparisons with stable.</param>
/// <param name="Responses">Canary responses; in a comparison the bad ones of both arms.</param>
/// <param name="Bad">The canary's bad ones among them.</param>
/// <param name="Allowed">Budget, or the canary's fair share of the failures; 0 to 1.</param>
/// <param name="Limit">The latency limit; zero for a rule about failures.</param>
/// <param name="Level">M, the e-detector's value: how many times likelier the responses are under "too many bad ones".</param>
/// <param name="Threshold">The level that rolls back, 1/α.</param>
/// <param name="Meter">The level's way to the threshold on a log scale, 0 to 1.</param>
public sealed record ObjectiveEvidence(
    string Name, long Responses, long Bad, double Allowed, TimeSpan Limit, double Level, double Threshold, double Meter, string Sentence)
{
    public static IReadOnlyList<ObjectiveEvidence> Of(RolloutSnapshot at)
    {
        if (at.Generation is not { Judge: { } judge, Settings: { } settings })
        {
            return [];
        }

        var evidence = new List<ObjectiveEvidence>();
        foreach (var objective in at.Generation.Objectives)
        {
            var isErrors = objective.Metric == ObjectiveMetric.SuccessRate;
            evidence.Add(Of(objective, (isErrors ? judge.Errors : judge.Latency)!, (isErrors ? settings.Errors : settings.Latency)!.Alpha));
        }

        // What was counted before a rollback was counted at the weight that the canary had.
        var weight = at.Status is { Phase: RolloutPhase.RolledBack, Rollback: { } rollback } ? rollback.WeightBefore : at.Status.Weight;
        var (share, gets) = at.Generation.IsShadow
            ? (0.5, "which gets copies only")
            : (weight.BasisPoints / (double)Weight.Whole, $"at {weight} of the traffic");
        if (judge.Relative is { } relative)
        {
            var counts = (Canary: at.Generation.CanaryFailures, Stable: at.Generation.StableFailures);
            evidence.Add(new ObjectiveEvidence(
                "relative", counts.Canary + counts.Stable, counts.Canary, share, TimeSpan.Zero,
                relative.Level, 1 / settings.RelativeAlpha, counts.Canary == 0 ? 0 : relative.Meter,
                counts.Canary + counts.Stable == 0
                    ? "Neither arm failed."
                    : OfBoth(counts.Canary, counts.Stable, gets)));
        }

        if (judge.RelativeLatency is { } latency && settings.LatencyRatioToStable is { } factor)
        {
            var (slow, all, cut) = (latency.Slow.OfCanary, latency.Slow.Failures, latency.Cut ?? TimeSpan.Zero);
            var (answers, were) = (Counted.Of(all, "slow response"), slow == 1 ? "was" : "were");
            evidence.Add(new ObjectiveEvidence(
                "relative-latency", all, slow, share, cut * factor, latency.Slow.Level, 1 / settings.RelativeAlpha,
                slow == 0 ? 0 : latency.Slow.Meter,
                latency.Cut is null
                    ? "Stable's p95 is not known yet."
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"{slow:N0} of {answers} (over {cut.TotalMilliseconds:0.#} ms; the canary's over {factor:0.##}× that) " +
                        $"{were} the canary's, {gets}.")));
        }

        return evidence;
    }

    private static string OfBoth(long canary, long stable, string gets)
    {
        var (failures, were) = (Counted.Of(canary + stable, "failure"), canary == 1 ? "was" : "were");
        return string.Create(
            CultureInfo.InvariantCulture, $"{canary:N0} of {failures} of both arms {were} the canary's, {gets}.");
    }

    private static ObjectiveEvidence Of(Objective objective, Detector detector, double alpha)
    {
        var (bad, of) = (detector.Failures, detector.Responses);
        var verb = objective.Metric == ObjectiveMetric.SuccessRate
            ? "failed"
            : $"took longer than {LatencyLimit.Of(objective.Limit)}";
        var share = of == 0 ? "" : PerCent.Of(100.0 * bad / of) + "; ";
        return new ObjectiveEvidence(
            objective.Name, of, bad, objective.Budget, objective.Limit, detector.Level, 1 / alpha,
            // The mass a step starts with is no evidence against anybody yet.
            bad == 0 ? 0 : detector.Meter,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{bad:N0} of {Counted.Of(of, "canary response")} {verb} ({share}allowed {objective.Budget * 100:0.####}%)."));
    }
}
