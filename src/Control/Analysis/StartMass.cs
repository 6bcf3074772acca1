using System.Collections.Concurrent;

namespace Snapback.Control.Analysis;

/// <summary>
/// How much evidence a step may start with. Ville's inequality is not tight: a start mass of 1 spends only a sixth to
/// seven tenths of α, and every bad response would come a little too late. The exact probability says how much more is free.
/// </summary>
internal static class StartMass
{
    // Checked by exact computation within this range only; the slack is for budgets written as 1 - 0.9999.
    private const double MinChecked = 1e-4 * (1 - 1e-9);
    private const double MaxChecked = 0.3 * (1 + 1e-9);

    // Later failures add nothing that matters to the crossing probability. A firing table ends before n = K/p0 (there the
    // share is at the budget), so a horizon of 150/p0 responses, or any other above 128/p0, never binds.
    private const int Failures = 128;

    // e^4 = 55 is above every calibrated mass, and 14 halvings of 4 nats leave 0.02 % of the mass on the table.
    private const double Bracket = 4;
    private const int Halvings = 14;

    private static readonly ConcurrentDictionary<(double, double, int), double> Known = new();

    /// <summary>
    /// The largest start mass, in thousandths and rounded down, with P(ever fire without restarts | rate = p0) ≤ α. At
    /// least 1, which needs no calibration (Ville); exactly 1 where p0 is outside 1e-4 … 0.3. Kept for the process' life.
    /// </summary>
    /// <param name="p0">Allowed share of bad responses, in (0, 1).</param>
    /// <param name="alpha">α, in (0, 1).</param>
    /// <param name="minFailures">Fewer bad responses never fire, at least 1.</param>
    public static double Calibrate(double p0, double alpha, int minFailures = 2) =>
        p0 is < MinChecked or > MaxChecked
            ? 1
            : Known.GetOrAdd((p0, alpha, minFailures), static key => Search(key.Item1, key.Item2, key.Item3));

    private static double Search(double p0, double alpha, int minFailures)
    {
        var mass = Math.Exp(-Math.Log(alpha) - LogThreshold(p0, alpha, minFailures));
        return Math.Max(1, Math.Floor(mass * 1000) / 1000);
    }

    /// <summary>The lowest threshold on ln E found to keep the promise; the upper end of the bracket always does.</summary>
    public static double LogThreshold(double p0, double alpha, int minFailures)
    {
        var grid = Grid.For(p0);
        var keeps = -Math.Log(alpha);
        var breaks = Math.Max(0, keeps - Bracket);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = 0.5 * (breaks + keeps);
            var table = Evidence.FiringTable(grid, middle, Failures, minFailures);
            (breaks, keeps) = CrossingProbability.Of(table.AsSpan(), p0) <= alpha ? (breaks, middle) : (middle, keeps);
        }

        return keeps;
    }
}
