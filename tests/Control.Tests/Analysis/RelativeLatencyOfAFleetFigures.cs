using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>
/// What a fleet needs more than one proxy where p95s are compared, which each replica does by itself at α/n; the figures of docs/fleet.md, a minute of
/// them. Latencies are log-normal (σ = 0.5: a p95 of 2.3 times the median), on each replica by chance; stable is known from 1,000 responses.
/// </summary>
public sealed class RelativeLatencyOfAFleetFigures
{
    private const double Factor = 1.5;

    private const double Sigma = 0.5;

    /// <param name="slower">How many times as long as stable the canary takes.</param>
    [Theory(Explicit = true)]
    [InlineData(0.1, 5.0)]
    [InlineData(0.1, 3.0)]
    [InlineData(0.1, 2.0)]
    [InlineData(0.5, 5.0)]
    [InlineData(0.5, 3.0)]
    [InlineData(0.5, 2.0)]
    public void Canary_responses_until_it_is_rolled_back(double weight, double slower) =>
        Tell($"weight {weight:P0}, {slower} times as slow, the canary's responses", runs: 400, (replicas, seed) => Needed(replicas, seed, 1e-3, weight, slower, 200_000) ?? 200_000);

    [Theory(Explicit = true)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void False_rollbacks_exactly_at_the_limit(double weight) =>
        Tell($"weight {weight:P0}, α = 1%, false rollbacks in %", runs: 1000, (replicas, seed) => Needed(replicas, seed, 1e-2, weight, Factor, 2000) is null ? 0 : 100);

    /// <summary>The canary's responses on all replicas until one of them decides.</summary>
    private static int? Needed(int replicas, int seed, double alpha, double weight, double slower, int most)
    {
        var random = new Random(seed);
        var judges = Enumerable.Range(0, replicas).Select(_ => new Judge(JudgeSettings.For(alpha, errors: 0.005) with { LatencyRatioToStable = Factor })).ToList();
        judges.ForEach(judge => _ = new EvidencePool(judge, TimeSpan.Zero) { Peers = replicas - 1 });
        for (var i = 0; i < 1000; i++)
        {
            judges[i % replicas].StableLatency(Latency(random, 1), weight);
        }

        for (var (i, ofCanary) = (0L, 0); ofCanary < most; i++)
        {
            var judge = judges[random.Next(replicas)];
            if (random.NextDouble() >= weight)
            {
                judge.StableLatency(Latency(random, 1), weight);
            }
            else if (++ofCanary > 0 && judge.CanaryLatency(Latency(random, slower), TimeSpan.FromMilliseconds(i), weight).EndsCanary)
            {
                return ofCanary;
            }
        }

        return null;
    }

    private static TimeSpan Latency(Random random, double slower)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return TimeSpan.FromMilliseconds(20 * slower * Math.Exp(Sigma * normal));
    }

    private static void Tell(string what, int runs, Func<int, int, double> measure)
    {
        var line = what + ":";
        foreach (var replicas in (int[])[1, 3, 16])
        {
            var mean = ParallelEnumerable.Range(1, runs).WithDegreeOfParallelism(2).Average(seed => measure(replicas, seed));
            line += $"  {replicas}: {mean:F2}";
        }

        TestContext.Current.TestOutputHelper?.WriteLine(line);
    }
}
