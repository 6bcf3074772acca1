namespace Snapback.Control.Analysis;

/// <summary>Up to when each replica of a fleet has told its responses, and how many there must be that nobody has told yet. Not thread-safe.</summary>
internal sealed class Hearing(TimeSpan began)
{
    /// <summary>Who has been silent for longer may be gone, and the good responses of the dead excuse nobody.</summary>
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(1);

    private HeardReplica[] _others = [];
    private TimeSpan _firstAt = TimeSpan.MaxValue;

    /// <summary>Other replicas, whether or not they have reported.</summary>
    public int Peers { get; set; }

    /// <summary>This replica's own.</summary>
    public HeardReplica Own { get; } = new(began);

    /// <summary>Everything up to here has been told by everybody who is still heard.</summary>
    public TimeSpan Complete
    {
        get
        {
            var complete = Unreported > 0 ? began : Own.Until;
            foreach (var other in _others)
            {
                complete = IsRecent(other.Until) && other.Until < complete ? other.Until : complete;
            }

            return complete;
        }
    }

    /// <summary>The latest moment that anybody has told of.</summary>
    public TimeSpan Latest
    {
        get
        {
            var latest = Own.Until;
            foreach (var other in _others)
            {
                latest = other.Until > latest ? other.Until : latest;
            }

            return latest;
        }
    }

    private int Unreported => IsRecent(began) ? Math.Max(0, Peers - _others.Length) : 0;

    /// <param name="replica">Its number, from 0.</param>
    public HeardReplica this[int replica]
    {
        get
        {
            while (replica >= _others.Length)
            {
                _others = [.. _others, new HeardReplica(began)];
            }

            return _others[replica];
        }
    }

    public bool IsRecent(TimeSpan at) => Elapsed.Between(at, Own.Until) <= Trust;

    public void Told(HeardReplica replica, long responses, TimeSpan until)
    {
        _firstAt = responses > 0 && until < _firstAt ? until : _firstAt;
        replica.Told(responses, until);
    }

    /// <summary>Responses of the others in a stretch of time that are not told yet, all good: failures are told at once.</summary>
    /// <returns>How many are expected, and from how many responses their pace is known.</returns>
    public (double Expected, double Learned) Unseen(TimeSpan from, TimeSpan to)
    {
        // Whoever has no pace of its own yet is taken to be as busy as the average.
        var (responses, observed) = (Own.Responses, (double)Elapsed.Between(_firstAt, Own.Until).Ticks);
        foreach (var other in _others)
        {
            responses += other.Responses;
            observed += Elapsed.Between(_firstAt, other.Until).Ticks;
        }

        // The first one began the time that is measured.
        var average = observed > 0 ? Math.Max(0, responses - 1) / observed : 0;
        var (expected, learned) = (Unreported * average * Within(_firstAt), 0L);
        foreach (var other in _others)
        {
            if (IsRecent(other.Until))
            {
                expected += (double.IsNaN(other.Pace) ? average : other.Pace) * Within(other.Until);
                learned += other.Learned;
            }
        }

        return (expected, Math.Max(1, learned > 0 ? learned : responses));

        double Within(TimeSpan since) => Elapsed.Between(since > from ? since : from, to).Ticks;
    }
}
