namespace Snapback.Control.Analysis;

/// <summary>
/// How fast both arms burn the error budget over a window: the share of failures in it, divided by the budget. 1 spends exactly
/// the budget. Sampled from cumulative counts; the window's far edge is exact to a 300th of its length, its near edge to the
/// last sample. It holds only what exists since the meter began. Not thread-safe.
/// </summary>
/// <param name="budget">1 − SLO, in (0, 1).</param>
public sealed class BurnMeter(double budget, TimeSpan window)
{
    private const int Resolution = 300;

    private readonly Queue<Sample> _samples = new();
    private readonly TimeSpan _spacing = window / Resolution;
    private Sample _edge;
    private Sample _last;
    private bool _hasBegun;
    private TimeSpan _nextAt;

    public TimeSpan Window => window;

    public BurnReading Stable => Read(_last.Stable, _edge.Stable);

    public BurnReading Canary => Read(_last.Canary, _edge.Canary);

    /// <summary>When the first of the canary's failures in the window was sampled, monotonic; null if it has none.</summary>
    public TimeSpan? CanaryFailsSince
    {
        get
        {
            foreach (var sample in _samples)
            {
                if (sample.Canary.Failures > _edge.Canary.Failures)
                {
                    return sample.At;
                }
            }

            return _last.Canary.Failures > _edge.Canary.Failures ? _last.At : null;
        }
    }

    /// <param name="now">Monotonic, never before the last one.</param>
    public void Add(TimeSpan now, BurnCounts stable, BurnCounts canary)
    {
        _last = new Sample(now, stable, canary);
        if (!_hasBegun)
        {
            (_hasBegun, _edge) = (true, _last);
        }

        if (now >= _nextAt)
        {
            _samples.Enqueue(_last);
            _nextAt = now + _spacing;
        }

        while (_samples.TryPeek(out var oldest) && oldest.At <= now - window)
        {
            _edge = _samples.Dequeue();
        }
    }

    private BurnReading Read(BurnCounts now, BurnCounts before)
    {
        var (failures, responses) = (Math.Max(0, now.Failures - before.Failures), Math.Max(0, now.Responses - before.Responses));
        return new BurnReading(failures, responses, responses == 0 ? 0 : (double)failures / responses / budget);
    }

    private readonly record struct Sample(TimeSpan At, BurnCounts Stable, BurnCounts Canary);
}

/// <summary>Cumulative counts of one arm.</summary>
public readonly record struct BurnCounts(long Failures, long Responses);

/// <summary>One arm over one window.</summary>
/// <param name="Rate">Times as fast as the budget allows.</param>
public readonly record struct BurnReading(long Failures, long Responses, double Rate);
