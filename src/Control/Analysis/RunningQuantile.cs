namespace Snapback.Control.Analysis;

/// <summary>
/// A quantile that follows the traffic and forgets: after each value a step up by q or down by 1 - q on a log scale, so that it
/// rests where a share of 1 - q lies above. Stochastic approximation of Robbins &amp; Monro 1951. Thread-safe without a lock: an
/// update lost to a race costs a step of accuracy, and it is a function of the past either way.
/// </summary>
internal sealed class RunningQuantile
{
    // First guess: the largest of 20 values lies near their p95.
    private const int WarmUp = 20;

    // One step: settles within some 500 values and then wanders by about 10 %.
    private const double Step = 0.05;

    private const double Least = 1;

    private readonly Lock _lock = new();
    private readonly double _up;
    private readonly double _down;
    private double _value;
    private int _seen;
    private double _largest;

    /// <param name="q">In (0, 1).</param>
    public RunningQuantile(double q)
    {
        _up = Math.Exp(Step * q);
        _down = Math.Exp(-Step * (1 - q));
    }

    /// <summary>Infinite until 20 values are known: nothing lies above it.</summary>
    public double Value => Volatile.Read(ref _seen) < WarmUp ? double.PositiveInfinity : Volatile.Read(ref _value);

    /// <param name="value">Finite, not negative.</param>
    public void Add(double value)
    {
        if (Volatile.Read(ref _seen) < WarmUp)
        {
            Warm(value);
            return;
        }

        var old = Volatile.Read(ref _value);
        Volatile.Write(ref _value, value > old ? old * _up : Math.Max(old * _down, Least));
    }

    private void Warm(double value)
    {
        lock (_lock)
        {
            _largest = Math.Max(_largest, value);
            Volatile.Write(ref _value, Math.Max(_largest, Least));
            Volatile.Write(ref _seen, Math.Min(_seen + 1, WarmUp));
        }
    }
}
