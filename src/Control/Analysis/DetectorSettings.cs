using System.Collections.Immutable;

namespace Snapback.Control.Analysis;

/// <summary>What a <see cref="Detector"/> tolerates and how sure it must be.</summary>
/// <param name="Budget">p0: allowed share of bad responses, in (0, 1); used as clamped to [1e-6, 0.9].</param>
/// <param name="Alpha">α: probability of firing, per start, on a canary exactly at its budget; in [1e-7, 0.5].</param>
/// <param name="StartMass">w0: evidence a step starts with, in (0, 1e6]; 1 is safe without calibration.</param>
/// <param name="Restart">
/// γ: evidence added before every response so that a long healthy past cannot buy credit, in [0, 0.1]. P(fire within n
/// responses at the budget) ≤ α·(start masses + γ·n); 1e-3 lets the n-term reach the start's after some 2,600 responses.
/// </param>
/// <param name="MinFailures">Bad responses a step must have seen before it may fire, at least 1: one is no pattern.</param>
public sealed record DetectorSettings(double Budget, double Alpha, double StartMass, double Restart = 1e-3, int MinFailures = 2)
{
    // Evidence is capped at 1e9 per alternative and the lightest has a weight of 2 % or more: with a smaller α an alarm could be
    // capped before it is raised.
    private const double MinAlpha = 1e-7;

    private const double MaxRestart = 1e-3;

    // The floor of the evidence rises with γ/p0: at a budget of 1e-4 a fixed γ would hold a healthy canary at 1, neither for
    // it nor against it. A fifth of the budget keeps that floor at 0.04 for every budget below 0.5 %, and changes nothing above.
    private const double RestartOfBudget = 0.2;

    /// <summary>Settings with the start mass calibrated, so that the whole of α is used.</summary>
    /// <param name="p0">Allowed share of bad responses, in (0, 1): 0.005 for 99.5 % success, 0.05 for a p95.</param>
    /// <param name="alpha">α, in [1e-7, 0.5].</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument outside its range.</exception>
    public static DetectorSettings For(double p0, double alpha)
    {
        var uncalibrated = new DetectorSettings(p0, alpha, StartMass: 1, Math.Min(MaxRestart, p0 * RestartOfBudget)).Checked();
        return uncalibrated with { StartMass = Analysis.StartMass.Calibrate(p0, alpha, uncalibrated.MinFailures) };
    }

    /// <summary>
    /// What they mean at the start of a step, for people: the k-th bad response fires if it is among the first table[k]; 0 says never.
    /// </summary>
    /// <param name="firing">How many entries that fire, at least 1: with a budget of a half a dozen come before the first of them.</param>
    public ImmutableArray<long> FiringTable(int firing)
    {
        var (grid, threshold, fewest) = (Grid.For(Budget), -Math.Log(Alpha) - Math.Log(StartMass), MinFailures);
        while (Evidence.LogFromCounts(grid, fewest, fewest) < threshold)
        {
            fewest++;
        }

        return Evidence.FiringTable(grid, threshold, fewest + firing - 1, MinFailures);
    }

    internal DetectorSettings Checked()
    {
        Require(Budget is > 0 and < 1, Budget, nameof(Budget), "in (0, 1)");
        Require(Alpha is >= MinAlpha and <= 0.5, Alpha, nameof(Alpha), "in [1e-7, 0.5]");
        Require(StartMass is > 0 and <= 1e6, StartMass, nameof(StartMass), "in (0, 1e6]");
        Require(Restart is >= 0 and <= 0.1, Restart, nameof(Restart), "in [0, 0.1]");
        Require(MinFailures >= 1, MinFailures, nameof(MinFailures), "at least 1");
        return this;
    }

    // Written so that NaN fails: every comparison with it is false.
    private static void Require(bool holds, double value, string name, string range)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {range}.");
        }
    }
}
