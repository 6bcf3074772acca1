using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>The figures of docs/fleet-measured.md, minutes of them: <c>-explicit only -class "*FleetFigures" -showLiveOutput</c>.</summary>
public sealed class FleetFigures
{
    private static readonly int[] Fleets = [1, 4, 16, 32];

    [Theory(Explicit = true)]
    [InlineData(500)]
    [InlineData(3000)]
    public void False_rollbacks_exactly_at_the_limit(double perSecond) =>
        Tell($"{perSecond}/s, false rollbacks in %", runs: 8000, (replicas, seed) =>
            new SimulatedFleet(replicas, 1e-2, seed) { Window = 2 }.Run(perSecond, 0.005, 1000).RolledBack ? 100 : 0);

    [Theory(Explicit = true)]
    [InlineData(50, 1.0, 0)]
    [InlineData(500, 1.0, 0)]
    [InlineData(3000, 1.0, 0)]
    [InlineData(50, 1.0, 3000)]
    [InlineData(500, 1.0, 3000)]
    [InlineData(3000, 1.0, 3000)]
    [InlineData(50, 0.2, 3000)]
    [InlineData(500, 0.2, 3000)]
    [InlineData(3000, 0.2, 3000)]
    [InlineData(50, 0.05, 3000)]
    [InlineData(500, 0.05, 3000)]
    [InlineData(3000, 0.05, 3000)]
    public void Failures_until_it_is_over(double perSecond, double failing, int healthy) =>
        Tell($"{perSecond}/s, {failing:P0} fail after {healthy} good responses, failures", runs: 400, (replicas, seed) =>
            new SimulatedFleet(replicas, 1e-3, seed) { Healthy = healthy, Window = 2 }.Run(perSecond, failing, healthy + 2500).Errors);

    [Theory(Explicit = true)]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void How_long_a_fleet_lets_nobody_in(double partOfBudget)
    {
        const int perSecond = 1000;
        const int seconds = 3000;
        var (random, judge, telling) = (new Random(5), new Judge(JudgeSettings.For(1e-3, errors: 0.005)), 0);
        judge.CanaryGood(5000);
        for (var request = 0; request < perSecond * seconds; request++)
        {
            var now = TimeSpan.FromSeconds(request / (double)perSecond);
            if (random.NextDouble() < partOfBudget * 0.005)
            {
                judge.CanaryFailed(now, 0.5);
                telling += AdmissionWindow.IsTelling(judge.Meter) ? 1 : 0;
            }
            else
            {
                judge.CanaryGood();
            }

            if (random.NextDouble() < partOfBudget * 0.005)
            {
                judge.StableFailed(now, 0.5);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{partOfBudget:P0} of the budget: {AdmissionWindow.ToBeHeard.TotalSeconds * telling / seconds:P2} of the time");
    }

    private static void Tell(string what, int runs, Func<int, int, double> measure)
    {
        var line = what + ":";
        var one = 0.0;
        foreach (var replicas in Fleets)
        {
            var all = new double[runs];
            Parallel.For(1, runs + 1, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed => all[seed - 1] = measure(replicas, seed));
            var mean = all.Average();
            var error = Math.Sqrt(all.Sum(x => (x - mean) * (x - mean))) / runs;
            one = replicas == 1 ? mean : one;
            line += $"  {replicas}: {mean:F2}±{error:F2} ({mean / one:F2}x)";
        }

        TestContext.Current.TestOutputHelper?.WriteLine(line);
    }
}
