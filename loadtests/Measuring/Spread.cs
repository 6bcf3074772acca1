namespace Snapback.LoadTests.Measuring;

/// <summary>A figure of several rounds: its median, and the quartiles as its noise.</summary>
internal sealed record Spread(double Median, double Low, double High)
{
    public static Spread Of(IEnumerable<double> rounds)
    {
        var sorted = rounds.Order().ToArray();
        return new Spread(At(sorted, 0.5), At(sorted, 0.25), At(sorted, 0.75));
    }

    /// <summary>Round by round: what made one round slow made its neighbour slow too.</summary>
    public static Spread OfRatios(IEnumerable<double> these, IEnumerable<double> those) => Of(these.Zip(those, (a, b) => a / b));

    public string Text(string format) => $"{Median.ToString(format)} ({Low.ToString(format)}–{High.ToString(format)})";

    // Between the ranks, so that the median of an even number is between its two middles.
    private static double At(double[] sorted, double quantile)
    {
        var rank = quantile * (sorted.Length - 1);
        var below = (int)rank;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
    }
}
