using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>
/// How often stable seems to break its budget to any replica of a fleet, and how soon when it does: the figures of decision 30, minutes of them.
/// </summary>
public sealed class StableOfAFleetFigures
{
    [Theory(Explicit = true)]
    [InlineData(50, 0.005, 1000)]
    [InlineData(500, 0.005, 1000)]
    [InlineData(3000, 0.005, 1000)]
    [InlineData(20000, 0.005, 10000)]
    [InlineData(500, 0.0025, 1000)]
    [InlineData(3000, 0.0025, 1000)]
    [InlineData(500, 0.001, 1000)]
    [InlineData(3000, 0.001, 1000)]
    public void Alarms_of_a_stable_within_its_budget(double perSecond, double failing, int responses) =>
        Tell($"{perSecond}/s, {failing:P2} of {responses} fail, % alarmed", runs: 1500, (replicas, seed) =>
            Stable(replicas, 1e-2, seed).Run(perSecond, failing, responses).StableAlarmedAfter is null ? 0 : 100);

    [Theory(Explicit = true)]
    [InlineData(500, 1.0)]
    [InlineData(500, 0.2)]
    [InlineData(500, 0.05)]
    [InlineData(3000, 1.0)]
    [InlineData(3000, 0.2)]
    [InlineData(3000, 0.05)]
    public void Failures_until_any_replica_sees_that_stable_breaks_it(double perSecond, double failing) =>
        Tell($"{perSecond}/s, {failing:P0} fail after 500 good responses, failures", runs: 400, (replicas, seed) =>
            Stable(replicas, 1e-3, seed, healthy: 500).Run(perSecond, failing, 3000).StableAlarmedAfter!.Value);

    private static SimulatedFleet Stable(int replicas, double alpha, int seed, int healthy = 0) =>
        new(replicas, alpha, seed) { OfStable = true, Healthy = healthy };

    private static void Tell(string what, int runs, Func<int, int, double> measure)
    {
        var line = what + ":";
        foreach (var replicas in (int[])[1, 4, 16])
        {
            var mean = ParallelEnumerable.Range(1, runs).WithDegreeOfParallelism(2).Average(seed => measure(replicas, seed));
            line += $"  {replicas}: {mean:F2}";
        }

        TestContext.Current.TestOutputHelper?.WriteLine(line);
    }
}
