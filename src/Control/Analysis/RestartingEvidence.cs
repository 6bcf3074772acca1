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
    public double LevelAfter(long good)
    {
        var level = 0d;
        for (var j = 0; j < Grid.Size; j++)
        {
            level += _grid.Weight[j] * MassAfter(j, good);
        }

        return level;
    }

    /// <summary>Some good responses and then a bad one; returns M.</summary>
    public double Bad(long good)
    {
        var level = 0d;
        for (var j = 0; j < Grid.Size; j++)
        {
            _mass[j] = Math.Min((MassAfter(j, good) + _restart) * _grid.Ratio[j], Cap);
            level += _grid.Weight[j] * _mass[j];
        }

        return level;
    }

    /// <summary>Some good responses and then fresh evidence, because what comes next may fail for a new reason.</summary>
    public void Add(long good, double mass)
    {
        for (var j = 0; j < Grid.Size; j++)
        {
            _mass[j] = Math.Min(MassAfter(j, good) + mass, Cap);
        }
    }

    // g good responses at once: R·d^g + γ·(d + … + d^g) with d = e^v, and the sum is (1 - d^g)·c. This is why a good
    // response need not touch the evidence.
    private double MassAfter(int j, long good)
    {
        if (good == 0)
        {
            return _mass[j];
        }

        var decay = good * _grid.V[j];
        return _mass[j] * Math.Exp(decay) - _restart * Numerics.Expm1(decay) * _grid.C[j];
    }
}
