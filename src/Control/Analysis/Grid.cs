using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Snapback.Control.Analysis;

/// <summary>
/// The failure rates a bad canary is tested for: eight alternatives above one budget, with their weights. Mixing
/// likelihood ratios over alternatives is Robbins 1970; taking all of them above the budget keeps every mixture a
/// supermartingale for each rate at or below it, with no independence assumed (Ville's inequality).
/// </summary>
public sealed class Grid : IAlternatives
{
    /// <summary>Eight points even in log KL lose less than 20 % of detection time between two of them.</summary>
    public const int Size = 8;

    /// <summary>Smallest budget with a grid of its own: below it the digits of 1 - p run out before the evidence does.</summary>
    public const double MinBudget = 1e-6;

    /// <summary>Above this there is hardly a worse rate left to test for.</summary>
    public const double MaxBudget = 0.9;

    // The mildest alternative: a canary nearer to its limit than this takes longer to prove than any rollout lasts.
    private const double MildestOddsRatio = 1.7;

    // The hardest: 95 % failures. Not 100 %, whose likelihood a single good response would destroy for good.
    private const double HardestOdds = 19;

    // For large budgets 95 % is no longer far from the limit.
    private const double HardestOddsRatio = 30;

    // Leaning the weights to the hard failures evens out the detection time relative to a test that knows the rate.
    private const double WeightExponent = 0.15;

    private static readonly ConcurrentDictionary<double, Grid> Known = new();

    private Grid(double p0)
    {
        Budget = p0;
        P = Alternatives(p0);
        var divergences = P.Select(p => Math.Pow(Numerics.Kl(p, p0), WeightExponent)).ToArray();
        var total = divergences.Sum();
        Weight = [.. divergences.Select(d => d / total)];
        LogWeight = [.. Weight.Select(Math.Log)];
        U = [.. P.Select(p => Math.Log(p / p0))];
        V = [.. P.Select(p => Numerics.Log1p(-p) - Numerics.Log1p(-p0))];
        C = [.. P.Select(p => (1 - p) / (p - p0))];
        Ratio = [.. P.Select(p => p / p0)];
    }

    /// <summary>p0: the allowed share of bad responses, in [1e-6, 0.9].</summary>
    public double Budget { get; }

    /// <summary>p_j: the alternatives, rising, all above the budget.</summary>
    public ImmutableArray<double> P { get; }

    /// <summary>π_j: their weights; they sum to 1.</summary>
    public ImmutableArray<double> Weight { get; }

    /// <summary>ln π_j.</summary>
    public ImmutableArray<double> LogWeight { get; }

    /// <summary>u_j = ln(p_j/p0): log evidence of one bad response, positive.</summary>
    public ImmutableArray<double> U { get; }

    /// <summary>v_j = ln((1-p_j)/(1-p0)): log evidence of one good response, negative.</summary>
    public ImmutableArray<double> V { get; }

    /// <summary>c_j = (1-p_j)/(p_j-p0): what a restart per good response sums up to in the long run.</summary>
    public ImmutableArray<double> C { get; }

    /// <summary>p_j/p0: factor of one bad response.</summary>
    public ImmutableArray<double> Ratio { get; }

    /// <summary>The grid of a budget; one instance per budget for the life of the process.</summary>
    /// <param name="p0">Allowed share of bad responses; clamped to [1e-6, 0.9].</param>
    /// <exception cref="ArgumentOutOfRangeException">Not a number.</exception>
    public static Grid For(double p0)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(p0, double.NaN);
        return Known.GetOrAdd(Math.Clamp(p0, MinBudget, MaxBudget), static clamped => new Grid(clamped));
    }

    double IAlternatives.LogEvidence(long responses, long failures) => Evidence.LogFromCounts(this, responses, failures);

    private static ImmutableArray<double> Alternatives(double p0)
    {
        var odds = p0 / (1 - p0);
        var mildest = Numerics.Kl(FromOdds(MildestOddsRatio * odds), p0);
        var hardest = Numerics.Kl(FromOdds(Math.Max(HardestOdds, HardestOddsRatio * odds)), p0);
        var wholeWay = hardest / mildest;
        return [.. Enumerable.Range(0, Size).Select(j => AtDivergence(mildest * Math.Pow(wholeWay, j / (Size - 1d)), p0))];
    }

    private static double AtDivergence(double divergence, double p0)
    {
        var (low, high) = (p0, 1 - 1e-15);

        // The interval is down to neighbouring doubles long before; there is no closed form.
        for (var i = 0; i < 200; i++)
        {
            var middle = 0.5 * (low + high);
            (low, high) = Numerics.Kl(middle, p0) < divergence ? (middle, high) : (low, middle);
        }

        return 0.5 * (low + high);
    }

    private static double FromOdds(double odds) => odds / (1 + odds);
}
