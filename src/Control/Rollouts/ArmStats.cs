using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>What one arm answered in one generation.</summary>
public sealed class ArmStats
{
    private long _successes;
    private long _failures;
    private long _neutral;
    private long _slow;
    private long _shielded;
    private long _forced;
    private int _inFlight;

    public LatencyHistogram Latency { get; } = new();

    public long Successes => Volatile.Read(ref _successes);
    public long Failures => Volatile.Read(ref _failures);
    public long Neutral => Volatile.Read(ref _neutral);

    /// <summary>Over the plan's latency limit, counted when the limit passed.</summary>
    public long Slow => Volatile.Read(ref _slow);

    /// <summary>Failures that stable answered instead, within the same request.</summary>
    public long Shielded => Volatile.Read(ref _shielded);

    /// <summary>Ended requests of testers who chose this arm; in no other figure.</summary>
    public long Forced => Volatile.Read(ref _forced);

    /// <summary>Ended requests, neutral ones included.</summary>
    public long Requests => Successes + Failures + Neutral;

    /// <summary>Answers that say something about the arm.</summary>
    public long Responses => Successes + Failures;

    /// <summary>Per cent of the responses that were good; 100 while there is none.</summary>
    public double SuccessRate => Responses is 0 ? 100 : 100.0 * Successes / Responses;

    internal int InFlight => Volatile.Read(ref _inFlight);

    internal void Enter() => Interlocked.Increment(ref _inFlight);

    internal void Leave() => Interlocked.Decrement(ref _inFlight);

    internal void CountForced() => Interlocked.Increment(ref _forced);

    internal void CountSlow() => Interlocked.Increment(ref _slow);

    internal void CountShielded() => Interlocked.Increment(ref _shielded);

    internal void Count(Outcome outcome)
    {
        switch (outcome)
        {
            case Outcome.Success:
                Interlocked.Increment(ref _successes);
                break;
            case Outcome.Failure:
                Interlocked.Increment(ref _failures);
                break;
            default:
                Interlocked.Increment(ref _neutral);
                break;
        }
    }
}
