using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>What one arm answered in one generation.</summary>
public sealed class ArmStats
{
    private readonly LaneCounter _successes = new();
    private readonly LaneCounter _inFlight = new();
    private long _failures;
    private long _neutral;
    private long _slow;
    private long _shielded;
    private long _hedged;
    private long _forced;

    public LatencyHistogram Latency { get; } = new();

    public long Successes => _successes.Value;
    public long Failures => Volatile.Read(ref _failures);
    public long Neutral => Volatile.Read(ref _neutral);

    /// <summary>Over the plan's latency limit, counted when the limit passed.</summary>
    public long Slow => Volatile.Read(ref _slow);

    /// <summary>Failures that stable answered instead, within the same request.</summary>
    public long Shielded => Volatile.Read(ref _shielded);

    /// <summary>Slow requests that stable answered first.</summary>
    public long Hedged => Volatile.Read(ref _hedged);

    /// <summary>Ended requests of testers who chose this arm; in no other figure.</summary>
    public long Forced => Volatile.Read(ref _forced);

    /// <summary>Ended requests, neutral ones included.</summary>
    public long Requests => Successes + Failures + Neutral;

    /// <summary>Answers that say something about the arm.</summary>
    public long Responses => Successes + Failures;

    /// <summary>Per cent of the responses that were good; 100 while there is none.</summary>
    public double SuccessRate => Responses is 0 ? 100 : 100.0 * Successes / Responses;

    /// <summary>Summed lane by lane while requests come and go: it may count the end of a request and miss its arrival.</summary>
    internal int InFlight => (int)Math.Max(0, _inFlight.Value);

    internal void Enter() => _inFlight.Add(1);

    internal void Leave() => _inFlight.Add(-1);

    internal void CountForced() => Interlocked.Increment(ref _forced);

    internal void CountSlow() => Interlocked.Increment(ref _slow);

    internal void CountHedged() => Interlocked.Increment(ref _hedged);

    internal void CountShielded() => Interlocked.Increment(ref _shielded);

    internal void Count(Outcome outcome)
    {
        switch (outcome)
        {
            case Outcome.Success:
                _successes.Add(1);
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
