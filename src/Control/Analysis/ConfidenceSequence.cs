namespace Snapback.Control.Analysis;

/// <summary>
/// The shares of bad responses that the counts do not contradict; valid at all times at once, so it may be watched. Source:
/// Robbins 1970, a beta(½, ½) mixture over both sides. For display: the judge has sharper, one-sided evidence.
/// </summary>
/// <param name="Lower">In [0, k/n].</param>
/// <param name="Upper">In [k/n, 1].</param>
public readonly record struct ConfidenceSequence(double Lower, double Upper)
{
    // Enough to reach neighbouring doubles from 1 down to 1e-45.
    private const int Halvings = 200;

    /// <summary>The interval; [0, 1] while there are no responses.</summary>
    /// <param name="responses">n, at least <paramref name="failures"/>.</param>
    /// <param name="failures">k, at least 0.</param>
    /// <param name="alpha">P(the true share is ever outside), in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument outside its range.</exception>
    public static ConfidenceSequence Of(long responses, long failures, double alpha = 0.05)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(failures);
        ArgumentOutOfRangeException.ThrowIfLessThan(responses, failures);
        Check.In(alpha, double.Epsilon, Math.BitDecrement(1), nameof(alpha));
        if (responses == 0)
        {
            return new ConfidenceSequence(0, 1);
        }

        var seen = (double)failures / responses;
        return new ConfidenceSequence(
            failures == 0 ? 0 : Bound(outside: 0, seen, responses, failures, alpha),
            failures == responses ? 1 : Bound(outside: 1, seen, responses, failures, alpha));
    }

    /// <summary>Whether the counts contradict this share, in (0, 1).</summary>
    internal static bool Excludes(double share, long responses, long failures, double alpha) =>
        LogAgainst(share, responses, failures) >= -Math.Log(alpha);

    private static double Bound(double outside, double inside, long responses, long failures, double alpha)
    {
        // Everything but the share stays the same from step to step.
        var reach = -Math.Log(alpha) - LogMixture(responses, failures);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = 0.5 * (outside + inside);
            (outside, inside) = -LogLikelihood(middle, responses, failures) < reach ? (outside, middle) : (middle, inside);
        }

        return 0.5 * (outside + inside);
    }

    private static double LogAgainst(double share, long responses, long failures) =>
        LogMixture(responses, failures) - LogLikelihood(share, responses, failures);

    // B(½, ½) = π.
    private static double LogMixture(long responses, long failures) =>
        Gamma.LogBeta(failures + 0.5, responses - failures + 0.5) - Math.Log(Math.PI);

    private static double LogLikelihood(double share, long responses, long failures) =>
        failures * Math.Log(share) + (responses - failures) * Numerics.Log1p(-share);
}
