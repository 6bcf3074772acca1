using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>The figures of docs/fleet.md, minutes of them: <c>-explicit only -class "*FleetFigures" -showLiveOutput</c>.</summary>
public sealed class FleetFigures
{
    private static readonly (int Replicas, bool Answers)[] Fleets = [(1, true), (4, false), (4, true), (16, false), (16, true)];

    [Theory(Explicit = true)]
    [InlineData(500)]
    [InlineData(3000)]
    public void False_rollbacks_exactly_at_the_limit(double perSecond)
    {
        const int runs = 8000;
        Tell($"{perSecond}/s, false rollbacks", "P2", (replicas, answers) =>
        {
            var rolledBack = 0;
            Parallel.For(1, runs + 1, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
            {
                if (new SimulatedFleet(replicas, 1e-2, seed) { Answers = answers }.Run(perSecond, 0.005, 1000).RolledBack)
                {
                    Interlocked.Increment(ref rolledBack);
                }
            });
            return rolledBack / (double)runs;
        });
    }

    [Theory(Explicit = true)]
    [InlineData(50, 0)]
    [InlineData(50, 500)]
    [InlineData(500, 0)]
    [InlineData(500, 500)]
    public void Failures_of_a_canary_that_is_dead(double perSecond, int healthy) =>
        Tell($"{perSecond}/s, dead after {healthy} good responses, failures", "F2", (replicas, answers) => Enumerable.Range(1, 400)
            .Average(seed => new SimulatedFleet(replicas, 1e-3, seed) { Answers = answers, Healthy = healthy }.Run(perSecond, 1.0, healthy + 500).Errors));

    private static void Tell(string what, string format, Func<int, bool, double> measure)
    {
        foreach (var (replicas, answers) in Fleets)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{what}, {replicas} replicas{(replicas == 1 || answers ? "" : " without answers")}: {measure(replicas, answers).ToString(format)}");
        }
    }
}
