namespace Snapback.Control.Rollouts;

/// <summary>
/// How many replays stable is asked to take: a share of the rollout's requests in the last ten seconds, and a few in any case,
/// as in Finagle's RetryBudget. It slides in steps of a second, by samples of two counters, so that a request costs nothing.
/// </summary>
internal sealed class ReplayBudget
{
    /// <summary>Ten a second: without traffic to take a share of, the first failures are still replayed.</summary>
    public const int Floor = 100;

    private const int Samples = 10;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>What was longer ago is forgotten.</summary>
    public static readonly TimeSpan Window = Samples * Interval;

    private readonly double _share;
    private readonly Lock _sampling = new();
    private readonly (long Requests, long Replays)[] _past = new (long, long)[Samples];
    private (long Requests, long Replays) _oldest;
    private TimeSpan _sampled;
    private int _next;
    private long _replays;
    private long _refused;

    /// <param name="share">Replays per request, 0 to 1.</param>
    /// <param name="before">The budget that this one takes the place of: its last ten seconds are this one's.</param>
    public ReplayBudget(double share, ReplayBudget? before = null)
    {
        _share = share;
        if (before is not null)
        {
            lock (before._sampling)
            {
                before._past.CopyTo(_past, 0);
                (_oldest, _sampled, _next, _replays) = (before._oldest, before._sampled, before._next, before._replays);
            }
        }
    }

    /// <summary>Failures that were passed on to their users because stable was not to be asked any more.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <param name="requests">The rollout's requests to both arms so far.</param>
    public bool TryTake(long requests, TimeSpan now)
    {
        Sample(requests, now);
        lock (_sampling)
        {
            if (_replays - _oldest.Replays < Floor + _share * (requests - _oldest.Requests))
            {
                _replays++;
                return true;
            }

            _refused++;
            return false;
        }
    }

    /// <summary>Takes a sample if one is due; called by every tick and every replay.</summary>
    public void Sample(long requests, TimeSpan now)
    {
        if (now - _sampled < Interval)
        {
            return;
        }

        lock (_sampling)
        {
            // After a silence the whole window has passed, at most.
            for (var due = Math.Min(Samples + 1, (now - _sampled) / Interval); due >= 1; due--)
            {
                _oldest = _past[_next];
                _past[_next] = (requests, _replays);
                _next = (_next + 1) % Samples;
            }

            _sampled = now;
        }
    }
}
