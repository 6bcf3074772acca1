namespace Snapback.Control.Analysis;

/// <summary>
/// Whether a canary is proved to be under its limit: the detector's mixture turned round, over rates below the budget. Valid
/// however often it is asked (Ville's inequality), and a function of two sums, so counts of replicas may be added.
/// </summary>
public sealed class GoRule
{
    private const int Size = 8;

    // Shares of the budget: dense near it, where proof takes longest, and down to a fiftieth, which decides the perfect canary.
    private static readonly double[] SharesOfBudget = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8];

    private static readonly double[] OnBad = [.. SharesOfBudget.Select(share => Math.Log(share))];

    private readonly double _logThreshold;
    private readonly double[] _onGood;

    /// <param name="budget">p0, in (0, 1); used as clamped to [1e-6, 0.9].</param>
    /// <param name="doubt">β: P(a canary at or above the budget is ever proved under it), in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument outside its range.</exception>
    public GoRule(double budget, double doubt = 0.05)
    {
        Check.In(budget, double.Epsilon, Math.BitDecrement(1), nameof(budget));
        Check.In(doubt, double.Epsilon, Math.BitDecrement(1), nameof(doubt));
        var p0 = Math.Clamp(budget, Grid.MinBudget, Grid.MaxBudget);
        _logThreshold = -Math.Log(doubt);
        _onGood = [.. SharesOfBudget.Select(share => Numerics.Log1p(-share * p0) - Numerics.Log1p(-p0))];
    }

    /// <summary>ln E_go(n, k) in nats: evidence that the rate is below the budget.</summary>
    /// <param name="responses">n, at least <paramref name="failures"/>.</param>
    /// <param name="failures">k, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative count, or more failures than responses.</exception>
    public double LogFromCounts(long responses, long failures)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(failures);
        ArgumentOutOfRangeException.ThrowIfLessThan(responses, failures);
        Span<double> terms = stackalloc double[Size];
        for (var j = 0; j < Size; j++)
        {
            terms[j] = failures * OnBad[j] + (responses - failures) * _onGood[j];
        }

        return Numerics.LogSumExp(terms) - Math.Log(Size);
    }

    /// <summary>E_go ≥ 1/β.</summary>
    /// <inheritdoc cref="LogFromCounts"/>
    public bool Proved(long responses, long failures) => LogFromCounts(responses, failures) >= _logThreshold;

    /// <summary>The fewest responses that prove it with so many failures among them.</summary>
    /// <param name="failures">k, in [0, 1e9].</param>
    /// <exception cref="ArgumentOutOfRangeException">A count outside its range.</exception>
    public long RequiredResponses(long failures)
    {
        Check.In(failures, 0, 1e9, nameof(failures));

        // With k bad ones n = k proves nothing, and every good one adds; so doubling finds an end.
        var (silent, proves) = (failures, failures + 1);
        while (!Proved(proves, failures))
        {
            (silent, proves) = (proves, proves * 2);
        }

        while (proves - silent > 1)
        {
            var middle = silent + (proves - silent) / 2;
            (silent, proves) = Proved(middle, failures) ? (silent, middle) : (middle, proves);
        }

        return proves;
    }
}
