using System.Globalization;
using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>What is known of the canary for sure, in sentences: is it proved to be good, and between which figures does its p95 lie.</summary>
public static class Proof
{
    private const double Quantile = 0.95;

    /// <summary>Null while no generation is open: there is nothing to prove.</summary>
    public static string? Of(RolloutSnapshot at)
    {
        if (!at.Status.Phase.IsOpen() || at.Generation.Judge is not { } judge)
        {
            return null;
        }

        var readiness = judge.Readiness;
        var limits = readiness switch
        {
            _ when at.Plan.Objectives.IsEmpty => "Nothing to prove: the plan limits neither its success rate nor a latency.",
            { StableAlarms: true } => "Stable itself breaks a limit now.",
            { Proved: true } => "Proved to be within every limit.",
            _ => string.Create(
                CultureInfo.InvariantCulture,
                $"Not proved yet: {readiness.MissingResponses:N0} more good {Counted.Noun(readiness.MissingResponses, "response")} would prove it."),
        };
        return $"{limits} {OfLatency(at.Generation.Canary.Latency)}";
    }

    /// <summary>At 95 % confidence, whenever one looks.</summary>
    public static string OfLatency(LatencyHistogram latencies) => QuantileInterval.Of(latencies, Quantile) switch
    {
        { Upper: { } upper, Lower: var lower } => string.Create(
            CultureInfo.InvariantCulture,
            $"Its p95 lies between {lower.TotalMilliseconds:0.#} and {upper.TotalMilliseconds:0.#} ms."),
        { Lower: var lower } when lower > TimeSpan.Zero => string.Create(
            CultureInfo.InvariantCulture,
            $"Its p95 is above {lower.TotalMilliseconds:0.#} ms; not enough responses to say more."),
        _ => "Not enough responses to say where its p95 lies.",
    };
}
