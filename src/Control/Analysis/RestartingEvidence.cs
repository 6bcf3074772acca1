using System.Collections.Immutable;
using System.Runtime.Intrinsics;

namespace Snapback.Control.Analysis;

/// <summary>
/// The evidence itself: per alternative the sum of the likelihood ratios of every possible starting point, so that a
/// canary that turns bad late is seen as soon as one that was bad from the start. An e-detector as in Shin, Ramdas &amp;
/// Rinaldo 2022 (sum form, Shiryaev–Roberts), mixed over the grid. Not thread-safe.
/// </summary>
internal sealed class RestartingEvidence
{
    // An alarm that nobody acts on would multiply to ∞ and then, at the next good response, to ∞·0. The cap is far above
    // every threshold (1/α ≤ 1e7), so no decision is changed by it.
    private const double Cap = 1e9;

    private readonly Grid _grid;
    private readonly double _restart;
    private readonly double[] _mass = new double[Grid.Size];

    public RestartingEvidence(Grid grid, double startMass, double restart)
    {
        _grid = grid;
        _restart = restart;
        Array.Fill(_mass, startMass);
    }

    public ReadOnlySpan<double> Mass => _mass;

    /// <summary>M = Σ π_j R_j as it would be after <paramref name="good"/> more good responses.</summary>
    public double LevelAfter(long good) => LevelAfter(_mass, good);

    /// <summary>The same of a copy of the masses.</summary>
    public double LevelAfter(ReadOnlySpan<double> mass, long good)
    {
        var level = 0d;
        for (var j = 0; j < Grid.Size; j++)
        {
            level += _grid.Weight[j] * MassAfter(mass[j], j, good);
        }

        return level;
    }

    /// <summary>Some good responses and then a bad one; returns M.</summary>
    public double Bad(long good)
    {
        var level = 0d;
        for (var j = 0; j < Grid.Size; j++)
        {
            _mass[j] = Math.Min((MassAfter(_mass[j], j, good) + _restart) * _grid.Ratio[j], Cap);
            level += _grid.Weight[j] * _mass[j];
        }

        return level;
    }

    /// <summary>The same on a copy, if there were also responses that nobody has told of; their failures would have been told.</summary>
    /// <param name="mass">Before.</param>
    /// <param name="after">Receives them.</param>
    /// <param name="unseen">x: how many are expected.</param>
    /// <param name="learned">
    /// n: from how many responses that is known. Of Poisson many whose mean is gamma distributed, none fails with a probability of
    /// (1 + x·p/n)^-n; the ratio of those of p and p0 is the e-value of hearing nothing.
    /// </param>
    public double Bad(ReadOnlySpan<double> mass, Span<double> after, long good, double unseen, double learned)
    {
        // Four alternatives at a time: what is told late has every failure after it judged anew.
        var level = Vector256<double>.Zero;
        for (var j = 0; j < Grid.Size; j += Vector256<double>.Count)
        {
            var logDecay = good * Of(_grid.V, j);
            if (unseen > 0)
            {
                logDecay -= learned * Vector256.Log(Vector256<double>.One + unseen / learned * (Of(_grid.P, j) - Vector256.Create(_grid.Budget)));
            }

            var decay = Vector256.Exp(logDecay);
            var next = (Vector256.Create(mass[j..]) * decay
                + _restart * ((Vector256<double>.One - decay) * Of(_grid.C, j) + Vector256<double>.One)) * Of(_grid.Ratio, j);
            next = Vector256.Min(next, Vector256.Create(Cap));
            next.CopyTo(after[j..]);
            level += Of(_grid.Weight, j) * next;
        }

        return Vector256.Sum(level);

        static Vector256<double> Of(ImmutableArray<double> figures, int j) => Vector256.Create(figures.AsSpan()[j..]);
    }

    /// <summary>Some good responses and then fresh evidence, because what comes next may fail for a new reason.</summary>
    public void Add(long good, double mass)
    {
        for (var j = 0; j < Grid.Size; j++)
        {
            _mass[j] = Math.Min(MassAfter(_mass[j], j, good) + mass, Cap);
        }
    }

    // g good responses at once: R·d^g + γ·(d + … + d^g) with d = e^v, and the sum is (1 - d^g)·c. This is why a good
    // response need not touch the evidence.
    private double MassAfter(double mass, int j, long good)
    {
        if (good == 0)
        {
            return mass;
        }

        var decay = good * _grid.V[j];
        return mass * Math.Exp(decay) - _restart * Numerics.Expm1(decay) * _grid.C[j];
    }
}
