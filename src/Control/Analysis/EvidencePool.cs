namespace Snapback.Control.Analysis;

/// <summary>
/// Lets the judge of one replica see the responses of all: what the others report is fed to it as if it had happened here, so that
/// a fleet needs no more failures than one proxy would. Thread-safe.
/// </summary>
public sealed class EvidencePool
{
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Judge _judge;
    private readonly TimeSpan _began;
    private readonly Dictionary<string, Source> _byReplica = new(StringComparer.Ordinal);
    private volatile Source[] _sources = [];
    private volatile int _peers;
    private Tally _others;

    /// <param name="began">When the generation did, monotonic.</param>
    public EvidencePool(Judge judge, TimeSpan began)
    {
        _judge = judge;
        _began = began;
        judge.Unseen = (good: (now, good) => Unseen(now, good, source => source.Good), fast: (now, fast) => Unseen(now, fast, source => source.Fast));
    }

    /// <summary>How many other replicas there are, whether or not they have reported.</summary>
    public int Peers
    {
        get => _peers;
        set
        {
            _peers = value;
            _judge.Comparing = value + 1;
        }
    }

    /// <summary>How many other processes have told their sums.</summary>
    public int Reported => _sources.Length;

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
    /// <param name="news">What was new in them.</param>
    public Ruling Take(string replica, Tally tally, TimeSpan now, double weight, out Tally news)
    {
        lock (_lock)
        {
            if (!_byReplica.TryGetValue(replica, out var source))
            {
                _byReplica[replica] = source = new Source();
            }

            news = source.Take(tally, now);
            if (!_sources.Contains(source))
            {
                // Not before its first report is in.
                _sources = [.. _sources, source];
            }

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

    /// <summary>
    /// Failures are told at once and good responses up to a quarter of a second late, which by itself looks like a failing canary; so the
    /// good ones that the others must have had since are added, for the decision only. Asked under the judge's lock: takes none.
    /// </summary>
    private double Unseen(TimeSpan now, long good, Func<Source, Rate> rateOf)
    {
        // Whoever has not reported yet is taken to be as busy as the average of those who have, this replica included.
        var (observed, reported) = ((now - _began).Ticks, 0);
        foreach (var source in _sources)
        {
            observed += (source.HeardAt - _began).Ticks;
            reported++;
        }

        var average = observed > 0 ? good / (double)observed : 0;
        var sum = average * Math.Max(0, Peers - reported) * Age(_began, now);
        foreach (var source in _sources)
        {
            sum += (rateOf(source).PerTick ?? average) * Age(source.HeardAt, now);
        }

        return sum;
    }

    /// <summary>Who has been silent for longer than a second may be gone, and the good responses of the dead excuse nobody.</summary>
    private static long Age(TimeSpan heardAt, TimeSpan now) => now - heardAt > Trust ? 0 : Math.Max(0, (now - heardAt).Ticks);

    /// <summary>One process of another replica.</summary>
    private sealed class Source
    {
        private Tally _tally;
        private long _heardAt;

        public Rate Good { get; } = new();

        public Rate Fast { get; } = new();

        public TimeSpan HeardAt => TimeSpan.FromTicks(Volatile.Read(ref _heardAt));

        public Tally Take(Tally tally, TimeSpan now)
        {
            var news = Tally.Max(_tally, tally) - _tally;
            _tally += news;
            Good.Take(_tally.CanaryGood, now);
            Fast.Take(_tally.CanaryFast, now);
            Volatile.Write(ref _heardAt, now.Ticks);
            return news;
        }
    }

    /// <summary>Written under the pool's lock, read by anybody.</summary>
    private sealed class Rate
    {
        /// <summary>A burst of a few milliseconds says nothing about the next quarter second.</summary>
        private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(200);

        private (long Count, TimeSpan At)? _mark;
        private double _perTick = double.NaN;

        /// <summary>Null until a window has passed.</summary>
        public double? PerTick => Volatile.Read(ref _perTick) is var rate && double.IsNaN(rate) ? null : rate;

        public void Take(long count, TimeSpan now)
        {
            _mark ??= (count, now);
            if (now - _mark.Value.At >= Window)
            {
                Volatile.Write(ref _perTick, (count - _mark.Value.Count) / (double)(now - _mark.Value.At).Ticks);
                _mark = (count, now);
            }
        }
    }
}
