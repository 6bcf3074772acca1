namespace Snapback.Control.Analysis;

/// <summary>Tails of the binomial distribution.</summary>
internal static class Binomial
{
    private const double Negligible = 1e-17;

    /// <summary>P(X ≥ k) for n trials of probability p in (0, 1).</summary>
    public static double AtLeast(long k, long n, double p)
    {
        if (k <= 0)
        {
            return 1;
        }

        // Summed from the nearer end outwards, where the terms fall.
        return k > n * p ? Upwards(k, n, p) : 1 - Upwards(n - k + 1, n, 1 - p);
    }

    private static double Upwards(long k, long n, double p)
    {
        if (k > n)
        {
            return 0;
        }

        var choices = Gamma.Log(n + 1d) - Gamma.Log(k + 1d) - Gamma.Log(n - k + 1d);
        var term = Math.Exp(choices + k * Math.Log(p) + (n - k) * Numerics.Log1p(-p));
        var sum = 0d;
        for (; k <= n && term > Negligible * sum; k++)
        {
            sum += term;
            term *= (n - k) / (k + 1d) * p / (1 - p);
        }

        return Math.Min(sum, 1);
    }
}
