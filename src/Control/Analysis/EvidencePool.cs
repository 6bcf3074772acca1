namespace Snapback.Control.Analysis;

/// <summary>
/// Lets the judge of one replica see the responses of all: what the others report is fed to it as if it had happened here, so that
/// a fleet needs no more failures than one proxy would. Thread-safe.
/// </summary>
public sealed class EvidencePool
{
    private readonly Lock _lock = new();
    private readonly Judge _judge;
    private readonly Dictionary<string, Source> _byReplica = new(StringComparer.Ordinal);
    private volatile Source[] _sources = [];
    private Tally _others;

    public EvidencePool(Judge judge)
    {
        _judge = judge;
        judge.Unseen = (good: UnseenGood, fast: UnseenFast);
    }

    /// <summary>What this replica counted itself.</summary>
    public Tally Own
    {
        get
        {
            lock (_lock)
            {
                return _judge.Tally - _others;
            }
        }
    }

    /// <summary>What the others have reported so far.</summary>
    public Tally Others
    {
        get
        {
            lock (_lock)
            {
                return _others;
            }
        }
    }

    /// <summary>One replica's sums, in any order and as often as they come; what is new in them is judged.</summary>
    /// <param name="replica">Names one process: sums of another start at zero.</param>
    /// <param name="tally">Everything it has counted in this generation.</param>
    /// <param name="now">Monotonic, here.</param>
    /// <param name="weight">w, in [0, 1].</param>
    public Ruling Take(string replica, Tally tally, TimeSpan now, double weight)
    {
        lock (_lock)
        {
            if (!_byReplica.TryGetValue(replica, out var source))
            {
                _byReplica[replica] = source = new Source(now);
                _sources = [.. _sources, source];
            }

            var news = source.Take(tally, now);
            _others += news;
            return _judge.Take(news, now, weight);
        }
    }

    /// <summary>
    /// While the others cannot be heard, each of n replicas decides by itself, and any of them may be wrong: at α/n each the fleet is
    /// wrong no more often than α (the union bound).
    /// </summary>
    /// <param name="replicas">1 while the fleet is heard.</param>
    public void DecideAlone(int replicas) => _judge.Replicas = Math.Max(1, replicas);

    private double UnseenGood(TimeSpan now)
    {
        var sum = 0d;
        foreach (var source in _sources)
        {
            sum += source.UnseenGood(now);
        }

        return sum;
    }

    private double UnseenFast(TimeSpan now)
    {
        var sum = 0d;
        foreach (var source in _sources)
        {
            sum += source.UnseenFast(now);
        }

        return sum;
    }

    /// <summary>
    /// One process of another replica. Failures are told at once and good responses a quarter of a second late, which by itself looks
    /// like a failing canary; so the good ones that it must have had since are extrapolated, for the decision only.
    /// </summary>
    private sealed class Source(TimeSpan first)
    {
        /// <summary>Rates are taken over at least this long; a burst of a few milliseconds says nothing about the next quarter second.</summary>
        private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(200);

        /// <summary>Who has been silent for longer may be gone, and the good responses of the dead excuse nobody.</summary>
        private static readonly TimeSpan Trust = TimeSpan.FromSeconds(1);

        private Tally _tally;
        private Tally _mark;
        private TimeSpan _markedAt = first;
        private long _heardAt = first.Ticks;
        private double _goodPerTick;
        private double _fastPerTick;

        public Tally Take(Tally tally, TimeSpan now)
        {
            var news = Tally.Max(_tally, tally) - _tally;
            _tally += news;
            if (now - _markedAt >= Window)
            {
                var since = (now - _markedAt).Ticks;
                Volatile.Write(ref _goodPerTick, (_tally.CanaryGood - _mark.CanaryGood) / (double)since);
                Volatile.Write(ref _fastPerTick, (_tally.CanaryFast - _mark.CanaryFast) / (double)since);
                (_mark, _markedAt) = (_tally, now);
            }

            Volatile.Write(ref _heardAt, now.Ticks);
            return news;
        }

        public double UnseenGood(TimeSpan now) => Volatile.Read(ref _goodPerTick) * Age(now);

        public double UnseenFast(TimeSpan now) => Volatile.Read(ref _fastPerTick) * Age(now);

        private long Age(TimeSpan now)
        {
            var age = now.Ticks - Volatile.Read(ref _heardAt);
            return age > Trust.Ticks ? 0 : Math.Max(0, age);
        }
    }
}
