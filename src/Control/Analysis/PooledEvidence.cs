namespace Snapback.Control.Analysis;

/// <summary>
/// A fleet's evidence in the order in which the responses happened, not in that in which they were told: a failure is told at once,
/// and the good responses before it up to half a second later. The failures that somebody has not yet told up to are kept with
/// what lies between them; what is told late goes where it belongs, and the rest is estimated there. Not thread-safe.
/// </summary>
internal sealed class PooledEvidence(RestartingEvidence settled, TimeSpan began)
{
    /// <summary>Of an arm that fails so fast and stays, the oldest settle as what is known of them: it alarms anyway.</summary>
    private const int Capacity = 16;

    private readonly TimeSpan[] _at = new TimeSpan[Capacity];

    /// <summary>Good responses told of between the failure before and this one; the last entry: after all of them.</summary>
    private readonly long[] _good = new long[Capacity + 1];

    /// <summary>What is expected there beyond that; less than one response.</summary>
    private readonly double[] _parts = new double[Capacity];

    // Each failure as it was last judged. It is judged anew, with those after it, when more is known of what was before it.
    private readonly Known[] _known = new Known[Capacity];
    private readonly double[] _mass = new double[Capacity * Grid.Size];
    private readonly double[] _level = new double[Capacity];
    private int _kept;

    private TimeSpan _settledAt = began;
    private int _count;

    public Hearing Hearing { get; } = new(began);

    /// <summary>Nothing is left that anybody could add to.</summary>
    public bool IsSettled => _count == 0;

    /// <summary>M just after the last failure, with what must have been before it.</summary>
    public double Level => LevelAfter(null);

    /// <summary>M after so many more good responses of this replica's own.</summary>
    public double LevelAfter(long? good)
    {
        var mass = settled.Mass;
        var (level, from, learned) = (0d, TimeSpan.MinValue, Hearing.Listen());
        for (var i = 0; i < _count; i++)
        {
            var unseen = Hearing.Unseen(from, _at[i]);
            var known = new Known(_good[i], unseen, unseen > 0 ? learned : 0);
            var after = _mass.AsSpan(i * Grid.Size, Grid.Size);
            if (i >= _kept || known != _known[i])
            {
                _level[i] = settled.Bad(mass, after, _good[i], unseen, learned);
                (_known[i], _kept) = (known, i + 1);
            }

            mass = after;
            (level, from) = (_level[i], _at[i]);
        }

        return good is not null || _count == 0 ? settled.LevelAfter(mass, _good[_count] + good.GetValueOrDefault()) : level;
    }

    /// <summary>A replica's good responses since it told last, spread evenly over that time.</summary>
    public void Good(HeardReplica replica, long good, TimeSpan until)
    {
        var (left, from, whole) = (good, replica.Until, Elapsed.Between(replica.Until, until));
        for (var i = 0; i < _count && left > 0 && from < until; i++)
        {
            if (_at[i] > from)
            {
                var to = _at[i] < until ? _at[i] : until;

                // A few of each of many replicas are whole responses together: rounded one by one, they would all be before the failure.
                _parts[i] += good * (Elapsed.Between(from, to) / whole);
                var here = to == until ? left : Math.Clamp((long)Math.Round(_parts[i]), 0, left);
                _parts[i] -= here;
                _good[i] += here;
                left -= here;
                from = to;
            }
        }

        _good[_count] += left;
        Hearing.Told(replica, good, until);
    }

    /// <summary>A failure, at the end of what the replica has told.</summary>
    public void Bad(HeardReplica replica)
    {
        Hearing.Told(replica, 1, replica.Until);
        if (_count == Capacity)
        {
            SettleFirst();
        }

        var (at, i) = (replica.Until, _count);
        while (i > 0 && _at[i - 1] > at)
        {
            i--;
        }

        var from = i > 0 ? _at[i - 1] : _settledAt;
        var to = i < _count ? _at[i] : Hearing.Latest;
        Array.Copy(_at, i, _at, i + 1, _count - i);
        Array.Copy(_good, i, _good, i + 1, _count - i + 1);
        Array.Copy(_parts, i, _parts, i + 1, _count - i);
        _parts[i] = 0;
        _kept = Math.Min(_kept, i);
        _at[i] = at;
        _good[i] = at >= to ? _good[i + 1] : Before(at, _good[i + 1], from, to);
        _good[i + 1] -= _good[i];
        _count++;
    }

    /// <summary>Failures that everybody has told up to need no estimate any more.</summary>
    /// <returns>The highest M just after one of them.</returns>
    public double Settle()
    {
        var (complete, most) = (Hearing.Complete, 0d);
        while (_count > 0 && (_at[0] <= complete || !Hearing.IsRecent(_at[0])))
        {
            most = Math.Max(most, SettleFirst());
        }

        return most;
    }

    /// <summary>Everything so far belongs to the past, and this comes after it.</summary>
    public void Add(long good, double mass)
    {
        while (_count > 0)
        {
            SettleFirst();
        }

        settled.Add(_good[0] + good, mass);
        _good[0] = 0;
    }

    private double SettleFirst()
    {
        var level = settled.Bad(_good[0]);
        _settledAt = _at[0] > _settledAt ? _at[0] : _settledAt;
        _at.AsSpan(1, _count - 1).CopyTo(_at);
        _good.AsSpan(1, _count).CopyTo(_good);
        _parts.AsSpan(1, _count - 1).CopyTo(_parts);
        _good[_count] = 0;
        _count--;
        _kept = 0;
        return level;
    }

    /// <summary>How many of those that are spread evenly over a time lie before a moment.</summary>
    private static long Before(TimeSpan at, long good, TimeSpan from, TimeSpan to) =>
        at <= from ? 0 : at >= to ? good : (long)Math.Round(good * (Elapsed.Between(from, at) / Elapsed.Between(from, to)));

    /// <summary>What lies between a failure and the one before it.</summary>
    private readonly record struct Known(long Good, double Unseen, double Learned);
}
