using System.Collections.Immutable;
using System.Globalization;
using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>The burn rate of one generation. Not thread-safe: one loop samples it.</summary>
public sealed class BurnWatch(BurnRate terms)
{
    private readonly ImmutableArray<BurnMeter> _meters = [.. terms.Windows.Select(window => new BurnMeter(terms.Budget, window))];

    /// <param name="now">Monotonic.</param>
    public void Add(TimeSpan now, BurnCounts stable, BurnCounts canary)
    {
        foreach (var meter in _meters)
        {
            meter.Add(now, stable, canary);
        }
    }

    public ImmutableArray<BurnFigure> Figures => [.. _meters.Select(meter => new BurnFigure(meter.Window, meter.Stable.Rate, meter.Canary.Rate))];

    /// <summary>Why a rule fires now; null if it does not.</summary>
    public BurnAlarm? Fires(BurnRule rule)
    {
        var meters = rule.Windows.Select(Of).ToList();
        if (!meters.TrueForAll(meter => Fires(rule, meter)))
        {
            return null;
        }

        // The shortest window is nearest to what happens now: a long one may hold an outage of both that is over.
        var (shortest, sentence) = (meters[^1], Sentence(rule, meters));
        return IsShared(rule, shortest)
            ? new BurnAlarm(
                $"Stable burns it too, and the canary has no more than its share: not blamed on the version. {sentence}",
                IsShared: true,
                shortest.CanaryFailsSince)
            : new BurnAlarm(sentence, IsShared: false, shortest.CanaryFailsSince);
    }

    /// <summary>
    /// Stable burns at least half as fast as the rule allows, and the coin alone could have given the canary its part of the failures. Half, so
    /// that an outage of both that ends, and leaves the window of stable a moment earlier, is not the canary's either.
    /// </summary>
    private static bool IsShared(BurnRule rule, BurnMeter meter)
    {
        var (canary, stable) = (meter.Canary, meter.Stable);
        return rule is { Factor: { } factor, RelativeToStable: null }
            && stable.Failures >= 2
            && stable.Rate > factor / 2
            && AttributionGate.MayBeChance(
                new CoinCounts(canary.Failures, stable.Failures), (double)canary.Responses / (canary.Responses + stable.Responses));
    }

    private bool Fires(BurnRule rule, BurnMeter meter)
    {
        // One failure is never enough, as everywhere in the judge.
        var canary = meter.Canary;
        return canary.Responses >= terms.MinEvents && canary.Failures >= 2
            && (rule.Factor is not { } factor || canary.Rate > factor)
            && (rule.RelativeToStable is not { } ratio || canary.Rate > ratio * Baseline(meter));
    }

    /// <summary>Stable's rate, as if its next response failed: a stable that never failed is no proof that any failure is too many.</summary>
    private double Baseline(BurnMeter meter) => Math.Max(meter.Stable.Rate, 1.0 / (meter.Stable.Responses + 1) / terms.Budget);

    private string Sentence(BurnRule rule, List<BurnMeter> meters)
    {
        var parts = meters.Select(meter => string.Create(
            CultureInfo.InvariantCulture,
            $"{Durations.Format(meter.Window)}: {meter.Canary.Failures} of {meter.Canary.Responses} failed, " +
            $"{meter.Canary.Rate:0.#}× (stable {meter.Stable.Rate:0.#}×)"));
        var limits = new List<string>();
        if (rule.Factor is { } factor)
        {
            limits.Add(string.Create(CultureInfo.InvariantCulture, $"{factor:0.###}× the allowed speed"));
        }

        if (rule.RelativeToStable is { } ratio)
        {
            limits.Add(string.Create(CultureInfo.InvariantCulture, $"{ratio:0.###}× stable's speed"));
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"The canary burns its error budget of {(decimal)terms.Budget * 100:0.######}% " +
            $"faster than {string.Join(" and ", limits)}: over {string.Join("; over ", parts)}");
    }

    private BurnMeter Of(TimeSpan window) => _meters.First(meter => meter.Window == window);
}

/// <summary>A rule that fires.</summary>
/// <param name="IsShared">Both arms burn: nobody is blamed.</param>
/// <param name="Since">When the failures of its shortest window began, monotonic: a rollback is timed from there.</param>
public readonly record struct BurnAlarm(string Sentence, bool IsShared, TimeSpan? Since);

/// <summary>How fast both arms burn the error budget over one window; 1 spends exactly the budget.</summary>
public sealed record BurnFigure(TimeSpan Window, double Stable, double Canary);
