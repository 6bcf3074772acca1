namespace Snapback.Control.Analysis;

/// <summary>Up to when each replica of a fleet has told its responses, and how many there must be that nobody has told yet. Not
/// thread-safe.</summary>
internal sealed class Hearing(TimeSpan began)
{
    /// <summary>Who has been silent for longer may be gone, and the good responses of the dead excuse nobody.</summary>
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(1);

    private HeardReplica[] _others = [];

    // Of those still heard, as of the last Listen: read for every failure that is not settled.
    private (double Until, double Pace)[] _silent = new (double, double)[1];
    private int _silences;
    private (double Until, double Pace) _all;
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
                _silent = new (double, double)[_others.Length + 1];
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

    /// <summary>Looks at how busy everybody is, for <see cref="Unseen"/> until anything is told.</summary>
    /// <returns>From how many responses that is known.</returns>
    public double Listen()
    {
        var (responses, observed, learned) = (Own.Responses, (double)Elapsed.Between(_firstAt, Own.Until).Ticks, 0L);
        foreach (var other in _others)
        {
            responses += other.Responses;
            observed += Elapsed.Between(_firstAt, other.Until).Ticks;
        }

        // Whoever has no pace of its own yet is taken to be as busy as the average. The first response began the time that is measured.
        var average = observed > 0 ? Math.Max(0, responses - 1) / observed : 0;
        _silences = 0;
        foreach (var other in _others)
        {
            if (IsRecent(other.Until))
            {
                learned += other.Learned;
                _silent[_silences++] = (other.Until.Ticks, double.IsNaN(other.Pace) ? average : other.Pace);
            }
        }

        if (Unreported > 0)
        {
            _silent[_silences++] = (_firstAt.Ticks, Unreported * average);
        }

        _all = (double.MinValue, 0);
        foreach (var (until, pace) in _silent.AsSpan(0, _silences))
        {
            _all = (until > _all.Until ? until : _all.Until, _all.Pace + pace);
        }

        return Math.Max(1, learned > 0 ? learned : responses);
    }

    /// <summary>How many responses of the others are expected in a stretch of time and not told yet, all good: failures are told at once.</summary>
    public double Unseen(TimeSpan from, TimeSpan to)
    {
        var (expected, began, ended) = (0d, (double)from.Ticks, (double)to.Ticks);
        if (began >= _all.Until)
        {
            return _all.Pace * (ended - began);
        }

        foreach (var (until, pace) in _silent.AsSpan(0, _silences))
        {
            var since = until > began ? until : began;
            expected += ended > since ? pace * (ended - since) : 0;
        }

        return expected;
    }
}
