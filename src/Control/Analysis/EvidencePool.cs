namespace Snapback.Control.Analysis;

/// <summary>
/// Lets the judge of one replica see the responses of all: what the others report is fed to it as if it had happened here, so that
/// a fleet needs no more failures than one proxy would. Thread-safe.
/// </summary>
public sealed class EvidencePool
{
    private readonly Lock _lock = new();
    private readonly Judge _judge;
    private readonly TimeSpan _began;
    private readonly Dictionary<string, Source> _byReplica = new(StringComparer.Ordinal);
    private volatile int _peers;
    private Tally _others;

    /// <param name="began">When the generation did, monotonic.</param>
    public EvidencePool(Judge judge, TimeSpan began)
    {
        _judge = judge;
        _began = began;
    }

    /// <summary>How many other replicas there are, whether or not they have reported.</summary>
    public int Peers
    {
        get => _peers;
        set
        {
            _peers = value;
            _judge.Pool(value, value, _began);
        }
    }

    /// <summary>How many other processes have told their sums.</summary>
    public int Reported
    {
        get
        {
            lock (_lock)
            {
                return _byReplica.Count;
            }
        }
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
    /// <param name="age">How long ago it counted, as far as is known.</param>
    /// <param name="now">Monotonic, here.</param>
    /// <param name="weight">w, in [0, 1].</param>
    /// <param name="news">What was new in them.</param>
    public Ruling Take(string replica, Tally tally, TimeSpan age, TimeSpan now, double weight, out Tally news)
    {
        lock (_lock)
        {
            if (!_byReplica.TryGetValue(replica, out var source))
            {
                _byReplica[replica] = source = new Source(_byReplica.Count);
                _judge.Pool(Math.Max(_peers, _byReplica.Count), _peers, _began);
            }

            news = source.Take(tally);
            _others += news;
            return _judge.Take(source.Number, news, now - age, now, weight);
        }
    }

    /// <summary>All have been heard, and by this replica's sums they have heard it: what none of them decides by itself.</summary>
    public Ruling Compare(TimeSpan now, double weight) => _judge.Compare(now, weight);

    /// <summary>
    /// While the others cannot be heard, each of n replicas decides by itself, and any of them may be wrong: at α/n each the fleet is
    /// wrong no more often than α (the union bound).
    /// </summary>
    /// <param name="replicas">1 while the fleet is heard.</param>
    public void DecideAlone(int replicas) => _judge.Replicas = Math.Max(1, replicas);

    /// <summary>One process of another replica.</summary>
    private sealed class Source(int number)
    {
        public int Number => number;

        public Tally Tally { get; private set; }

        public Tally Take(Tally tally)
        {
            var news = Tally.Max(Tally, tally) - Tally;
            Tally += news;
            return news;
        }
    }
}
