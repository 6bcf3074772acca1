namespace Snapback.Control.Analysis;

/// <summary>
/// Whether an alarm is the canary's own doing: whether it has a larger part of the bad responses than the coin alone would
/// give it. An outage of both arms raises the alarm but does not pass. Not thread-safe: it lives under the judge's lock.
/// </summary>
public sealed class AttributionGate
{
    private readonly double _logThreshold;

    // Evidence of either arm's failure falls with the weight, so the heaviest weight of a stretch that spans a step is the
    // careful one; and weights rise.
    private double _weight;

    // How many of the canary's failures pass without one of stable's, at that weight. Found when the weight is first seen, which is before any
    // decision: the one that takes the canary down compares two numbers.
    private long _alone = long.MaxValue;

    /// <param name="doubt">a: P(a failure of both arms is blamed on the canary), in (0, 1]; 0.05 by default.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="doubt"/> is outside its range.</exception>
    public AttributionGate(double doubt)
    {
        Check.In(doubt, double.Epsilon, 1, nameof(doubt));
        _logThreshold = -Math.Log(doubt);
    }

    /// <summary>All bad responses so far; a copy marks where a stretch begins.</summary>
    public CoinCounts Counts { get; private set; }

    /// <param name="weight">w at assignment, in (0, 1); anything else is no coin and not counted.</param>
    public void CanaryFailed(double weight) => Count(weight, new CoinCounts(Counts.Canary + 1, Counts.Stable));

    /// <inheritdoc cref="CanaryFailed"/>
    public void StableFailed(double weight) => Count(weight, new CoinCounts(Counts.Canary, Counts.Stable + 1));

    /// <summary>E_share(kc + ks, kc; w, ρ0 = 1) ≥ 1/a for what came since the mark.</summary>
    /// <param name="mark">An earlier <see cref="Counts"/>.</param>
    public bool Passes(CoinCounts mark)
    {
        var since = Counts - mark;
        return since.Stable == 0 ? since.Canary >= _alone : Passes(since.Canary, since.Stable);
    }

    /// <summary>
    /// P(the coin alone gives the canary this many of the bad responses or more) in [0, 1]: the upper tail of the binomial. For
    /// people only, since it holds for one look.
    /// </summary>
    /// <param name="counts">Neither negative.</param>
    /// <param name="weight">w, in (0, 1).</param>
    public static double Chance(CoinCounts counts, double weight) =>
        Binomial.AtLeast(counts.Canary, counts.Canary + counts.Stable, weight);

    /// <summary>
    /// Whether chance alone may have given the canary its part of the bad responses: with at least 1 in 1,000, far below the doubt of a gate, since
    /// whoever samples asks again at every sample, and no sample is the last.
    /// </summary>
    /// <param name="bad">Neither negative; of all requests, however they were assigned.</param>
    /// <param name="share">The canary's share of the responses of both arms, in (0, 1).</param>
    public static bool MayBeChance(CoinCounts bad, double share) => Chance(bad, share) >= 0.001;

    private void Count(double weight, CoinCounts next)
    {
        if (ShareTest.IsCoin(weight))
        {
            Counts = next;
            if (weight > _weight)
            {
                _weight = weight;
                _alone = Alone();
            }
        }
    }

    private bool Passes(long canary, long stable) => ShareTest.LogFromCounts(_weight, 1, canary + stable, canary) >= _logThreshold;

    /// <summary>Each failure of the canary's alone adds to the evidence, at a weight of 99.99% a ten thousandth of what one adds at 37%.</summary>
    private long Alone()
    {
        var (fails, passes) = (0L, 1L);
        while (!Passes(passes, 0))
        {
            (fails, passes) = (passes, 2 * passes);
        }

        while (passes - fails > 1)
        {
            var middle = fails + (passes - fails) / 2;
            (fails, passes) = Passes(middle, 0) ? (fails, middle) : (middle, passes);
        }

        return passes;
    }
}
