namespace Snapback.Control.Simulation;

/// <summary>What a number was over many runs; runs that never got there count as infinitely late.</summary>
/// <param name="Mean">Of the runs that got there; null if none did.</param>
/// <param name="Median">Null if fewer than half of all runs got there.</param>
/// <param name="P95">Null if fewer than 95 % of all runs got there.</param>
public sealed record Distribution(double? Mean, double? Median, double? P95)
{
    /// <param name="values">Of the runs that got there.</param>
    /// <param name="runs">All.</param>
    internal static Distribution Of(IEnumerable<double> values, int runs)
    {
        double[] sorted = [.. values.Order()];
        return new Distribution(sorted.Length == 0 ? null : sorted.Average(), Quantile(sorted, runs, 0.5), Quantile(sorted, runs, 0.95));
    }

    // The smallest value with so large a share of the runs at or below it.
    private static double? Quantile(double[] sorted, int runs, double share)
    {
        var rank = (int)Math.Ceiling(share * runs);
        return rank >= 1 && rank <= sorted.Length ? sorted[rank - 1] : null;
    }
}
