using System.Runtime.Intrinsics;

namespace Snapback.Control.Analysis;

/// <summary>The few functions where the textbook form would lose the digits the evidence is made of.</summary>
internal static class Numerics
{
    // Up to here 1 + x (or e^x - 1) still cancels digits; beyond it the plain form is good to two ulps, and the
    // compensated one would meet 0·∞ at the ends of the range.
    private const double PlainIsExact = 0.5;

    /// <summary>
    /// ln(1 + x) for x ≥ -1, to a few ulps. Not <c>double.LogP1</c>, which is Log(x + 1) and keeps ten digits at a budget
    /// of 1e-6. Source: Kahan's compensation, as in Goldberg 1991, theorem 4.
    /// </summary>
    public static double Log1p(double x)
    {
        var u = 1 + x;
        if (Math.Abs(x) > PlainIsExact)
        {
            return Math.Log(u);
        }

        return u == 1 ? x : x * Math.Log(u) / (u - 1);
    }

    /// <summary>
    /// e^x - 1, to a few ulps. Not <c>double.ExpM1</c>, which is Exp(x) - 1. Source: Kahan, as in Higham 2002, §1.14.1.
    /// </summary>
    public static double Expm1(double x)
    {
        var u = Math.Exp(x);
        if (Math.Abs(x) > PlainIsExact)
        {
            return u - 1;
        }

        return u == 1 ? x : (u - 1) * x / Math.Log(u);
    }

    /// <summary>Kullback–Leibler divergence of two coins, KL(p‖q) in nats, for p in [0, 1] and q in (0, 1).</summary>
    public static double Kl(double p, double q)
    {
        var onBad = p > 0 ? p * Math.Log(p / q) : 0;
        var onGood = p < 1 ? (1 - p) * (Log1p(-p) - Log1p(-q)) : 0;
        return onBad + onGood;
    }

    /// <summary>ln Σ e^x without overflow; -∞ for no terms or only -∞.</summary>
    public static double LogSumExp(ReadOnlySpan<double> terms)
    {
        var largest = double.NegativeInfinity;
        foreach (var term in terms)
        {
            largest = Math.Max(largest, term);
        }

        if (double.IsInfinity(largest))
        {
            return largest;
        }

        // Four at a time: without the tables of Math.Exp, which a decision finds cold.
        var (sum, done) = (0d, 0);
        for (; done + Vector256<double>.Count <= terms.Length; done += Vector256<double>.Count)
        {
            sum += Vector256.Sum(Vector256.Exp(Vector256.Create(terms[done..]) - Vector256.Create(largest)));
        }

        for (; done < terms.Length; done++)
        {
            sum += Math.Exp(terms[done] - largest);
        }

        return largest + Math.Log(sum);
    }
}
