namespace Snapback.Control.Analysis;

/// <summary>Logarithms of the gamma and the beta function, for positive arguments.</summary>
internal static class Gamma
{
    // From here on the seven terms below are exact to the last digit.
    private const double SeriesFrom = 15;

    private static readonly double HalfLog2Pi = 0.5 * Math.Log(2 * Math.PI);

    /// <summary>
    /// ln Γ(x) for x above 0, to some 1e-15 of the largest term. Source: Stirling's series, Abramowitz &amp; Stegun 6.1.41.
    /// </summary>
    public static double Log(double x)
    {
        var product = 1d;
        for (; x < SeriesFrom; x++)
        {
            product *= x;
        }

        var z = 1 / (x * x);
        var series = 1 / 156d;
        series = series * z - 691 / 360360d;
        series = series * z + 1 / 1188d;
        series = series * z - 1 / 1680d;
        series = series * z + 1 / 1260d;
        series = series * z - 1 / 360d;
        series = series * z + 1 / 12d;
        return (x - 0.5) * Math.Log(x) - x + HalfLog2Pi + series / x - Math.Log(product);
    }

    public static double LogBeta(double a, double b) => Log(a) + Log(b) - Log(a + b);
}
