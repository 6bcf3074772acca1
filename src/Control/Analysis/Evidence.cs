using System.Collections.Immutable;

namespace Snapback.Control.Analysis;

/// <summary>
/// What a pair of counts says against a budget: the mixture likelihood ratio E(n, k) of "worse than the budget" over
/// "at the budget". It depends on the two sums only, so counts of several replicas may simply be added.
/// </summary>
public static class Evidence
{
    /// <summary>
    /// ln E(n, k) in nats; 0 is no evidence, ln 1000 = 6.9 happens to a canary at its limit once in 1,000 starts at most
    /// (Ville's inequality). Source: likelihood ratio of Wald 1945, mixed over the grid as in Robbins 1970.
    /// </summary>
    /// <param name="grid">The budget and its alternatives.</param>
    /// <param name="responses">n, at least <paramref name="failures"/>.</param>
    /// <param name="failures">k, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative count, or more failures than responses.</exception>
    public static double LogFromCounts(Grid grid, long responses, long failures)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentOutOfRangeException.ThrowIfNegative(failures);
        ArgumentOutOfRangeException.ThrowIfLessThan(responses, failures);
        Span<double> terms = stackalloc double[Grid.Size];
        for (var j = 0; j < terms.Length; j++)
        {
            terms[j] = grid.LogWeight[j] + failures * grid.U[j] + (responses - failures) * grid.V[j];
        }

        return Numerics.LogSumExp(terms);
    }

    /// <summary>
    /// The same rule as a table for people: the k-th bad response since the start fires if it is among the first
    /// table[k] responses; 0 says never. Entry 0 is always 0; the table never falls.
    /// </summary>
    /// <param name="grid">The budget and its alternatives.</param>
    /// <param name="logThreshold">ln E at which it fires: ln(1/α) - ln(start mass). Not negative.</param>
    /// <param name="failures">The largest k of the table, at least 1.</param>
    /// <param name="minFailures">Fewer bad responses than this never fire.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument outside its range.</exception>
    public static ImmutableArray<long> FiringTable(Grid grid, double logThreshold, int failures, int minFailures = 1)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentOutOfRangeException.ThrowIfNegative(logThreshold);
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        var table = ImmutableArray.CreateBuilder<long>(failures + 1);
        table.Add(0);
        for (var k = 1; k <= failures; k++)
        {
            table.Add(k < minFailures ? 0 : LastFiring(grid, logThreshold, k, atLeast: Math.Max(k, table[k - 1])));
        }

        return table.MoveToImmutable();
    }

    private static long LastFiring(Grid grid, double logThreshold, int failures, long atLeast)
    {
        if (LogFromCounts(grid, atLeast, failures) < logThreshold)
        {
            return 0;
        }

        // At a share at or under the budget every alternative explains the counts worse than the budget does.
        var (fires, silent) = (atLeast, Math.Max(atLeast, (long)Math.Ceiling(failures / grid.Budget)) + 1);
        while (silent - fires > 1)
        {
            var middle = fires + (silent - fires) / 2;
            (fires, silent) = LogFromCounts(grid, middle, failures) >= logThreshold ? (middle, silent) : (fires, middle);
        }

        return fires;
    }
}
