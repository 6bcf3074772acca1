namespace Snapback.Control.Analysis;

/// <summary>
/// How many times as often as allowed a bad canary fails, seen through the share of failures that hit it. With D(r) = w·r + 1-w
/// the canary's share is s(r) = w·r/D(r), so a failure multiplies alternative m by D(ρ0)/D(ρ0·m), and by m more if it is the
/// canary's. In this form no digit cancels, and weights of 0 and 1 need no special case.
/// </summary>
internal sealed class ShareAlternatives : IAlternatives
{
    public const int Size = 8;

    // 1.7 as on the budget's grid; 600 times stable's rate is a dead canary beside a stable of 99.83 %. Even on a log scale.
    private const double Mildest = 1.7;
    private const double Hardest = 600;

    // As for a budget: γ may not hold the evidence up at 1 where the allowed share is small.
    private const double MaxRestart = 1e-3;
    private const double RestartOfShare = 0.2;

    private static readonly double[] Multiples =
        [.. Enumerable.Range(0, Size).Select(j => Mildest * Math.Pow(Hardest / Mildest, j / (Size - 1d)))];

    private static readonly double[] LogMultiples = [.. Multiples.Select(multiple => Math.Log(multiple))];

    private readonly double _ratio;
    private readonly double[] _onStable = new double[Size];
    private double _weight = double.NaN;

    /// <param name="ratio">ρ0.</param>
    public ShareAlternatives(double ratio) => _ratio = ratio;

    /// <summary>Factor per alternative of a failure of stable's.</summary>
    public ReadOnlySpan<double> OnStable => _onStable;

    /// <summary>Factor per alternative of a failure of the canary's, over <see cref="OnStable"/>.</summary>
    public static ReadOnlySpan<double> OnCanary => Multiples;

    /// <summary>γ, per failure.</summary>
    public double Restart { get; private set; }

    /// <summary>Alternative j is "r = ρ0·m_j" at every weight; only what a failure says about it changes.</summary>
    public void MoveTo(double weight)
    {
        if (weight == _weight)
        {
            return;
        }

        _weight = weight;
        Restart = Math.Min(MaxRestart, RestartOfShare * weight * _ratio / D(weight, _ratio));
        for (var j = 0; j < Size; j++)
        {
            _onStable[j] = D(weight, _ratio) / D(weight, _ratio * Multiples[j]);
        }
    }

    double IAlternatives.LogEvidence(long responses, long failures) => LogEvidence(_weight, _ratio, responses, failures);

    public static double LogEvidence(double weight, double ratio, long failures, long ofCanary)
    {
        Span<double> terms = stackalloc double[Size];
        for (var j = 0; j < Size; j++)
        {
            var onStable = Numerics.Log1p(-weight * ratio * (Multiples[j] - 1) / D(weight, ratio * Multiples[j]));
            terms[j] = ofCanary * LogMultiples[j] + failures * onStable;
        }

        return Numerics.LogSumExp(terms) - Math.Log(Size);
    }

    private static double D(double weight, double ratio) => weight * ratio + (1 - weight);
}
