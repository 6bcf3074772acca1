using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>
/// What a fleet needs more than one proxy where p95s are compared; the figures of docs/fleet-measured.md, some minutes of them.
/// Latencies are log-normal (σ = 0.5: a p95 of 2.3 times the median), on each replica by chance; stable is known from
/// 1,000 responses.
/// </summary>
public sealed class RelativeLatencyOfAFleetFigures
{
    /// <param name="slower">How many times as long as stable the canary takes.</param>
    [Theory(Explicit = true)]
    [InlineData(0.1, 5.0)]
    [InlineData(0.1, 3.0)]
    [InlineData(0.1, 2.0)]
    [InlineData(0.5, 5.0)]
    [InlineData(0.5, 3.0)]
    [InlineData(0.5, 2.0)]
    public void Canary_responses_until_it_is_rolled_back(double weight, double slower) =>
        Tell(
            $"weight {weight:P0}, {slower} times as slow, the canary's responses",
            [50, 500, 3000],
            runs: 150,
            fleet => fleet.Needed(1e-3, weight, slower, 20_000) ?? 20_000);

    [Theory(Explicit = true)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void False_rollbacks_exactly_at_the_limit(double weight) =>
        Tell(
            $"weight {weight:P0}, α = 1%, false rollbacks in %",
            [500, 3000],
            runs: 2000,
            fleet => fleet.Needed(1e-2, weight, ComparingFleet.Factor, 2000) is null ? 0 : 100);

    private static void Tell(string what, int[] paces, int runs, Func<ComparingFleet, double> measure)
    {
        foreach (var perSecond in paces)
        {
            var line = $"{what}, {perSecond} a second:";
            foreach (var replicas in (int[])[1, 3, 16])
            {
                var mean = ParallelEnumerable.Range(1, runs)
                    .WithDegreeOfParallelism(2)
                    .Average(seed => measure(new ComparingFleet(replicas, perSecond, seed)));
                line += $"  {replicas}: {mean:F2}";
            }

            TestContext.Current.TestOutputHelper?.WriteLine(line);
        }
    }
}
