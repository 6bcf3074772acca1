using Snapback.Control.Analysis;

namespace Snapback.Control.Tests.Analysis;

/// <summary>
/// Replicas that compare the canary's p95 with stable's, and tell each other by their beats: at a beat a replica writes
/// its sums and reads what the others wrote at theirs.
/// </summary>
internal sealed class ComparingFleet
{
    public const double Factor = 1.5;

    private const double Beat = 0.25;
    private const double Sigma = 0.5;

    private readonly Random _random;
    private readonly int _perSecond;
    private readonly List<Replica> _replicas;

    public ComparingFleet(int replicas, int perSecond, int seed)
    {
        (_random, _perSecond) = (new Random(seed), perSecond);
        _replicas = [.. Enumerable.Range(0, replicas).Select(i => new Replica($"r{i}", _random.NextDouble() * Beat))];
    }

    /// <summary>The canary's responses on all replicas until one of them decides; null if none does.</summary>
    /// <param name="slower">How many times as long as stable the canary takes.</param>
    public int? Needed(double alpha, double weight, double slower, int most)
    {
        foreach (var replica in _replicas)
        {
            replica.Judge = new Judge(JudgeSettings.For(alpha, errors: 0.005) with { LatencyRatioToStable = Factor });
            replica.Pool = _replicas.Count > 1 ? new EvidencePool(replica.Judge, TimeSpan.Zero) { Peers = _replicas.Count - 1 } : null;
        }

        for (var i = 0; i < 1000; i++)
        {
            _replicas[i % _replicas.Count].Judge.StableLatency(Latency(1), weight);
        }

        for (var (i, ofCanary) = (0L, 0); ofCanary < most; i++)
        {
            var now = (double)i / _perSecond;
            if (_replicas.Exists(replica => replica.Pool is not null && replica.NextBeat <= now && Hear(replica, now, weight)))
            {
                return ofCanary;
            }

            var replica = _replicas[_random.Next(_replicas.Count)];
            if (_random.NextDouble() >= weight)
            {
                replica.Judge.StableLatency(Latency(1), weight);
            }
            else if (++ofCanary > 0 && replica.Judge.CanaryLatency(Latency(slower), TimeSpan.FromSeconds(now), weight).EndsCanary)
            {
                return ofCanary;
            }
        }

        return null;
    }

    private bool Hear(Replica replica, double now, double weight)
    {
        replica.NextBeat += Beat;
        replica.Told = replica.Pool!.Own;
        foreach (var other in _replicas.Where(other => other != replica))
        {
            if (replica.Pool.Take(other.Name, other.Told, TimeSpan.Zero, TimeSpan.FromSeconds(now), weight, out _).EndsCanary)
            {
                return true;
            }
        }

        return replica.Pool.Compare(TimeSpan.FromSeconds(now), weight).EndsCanary;
    }

    private TimeSpan Latency(double slower)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        return TimeSpan.FromMilliseconds(20 * slower * Math.Exp(Sigma * normal));
    }

    private sealed class Replica(string name, double nextBeat)
    {
        public string Name => name;

        public double NextBeat { get; set; } = nextBeat;

        public Judge Judge { get; set; } = null!;

        public EvidencePool? Pool { get; set; }

        public Tally Told { get; set; }
    }
}
