using System.Collections.Immutable;
using System.Globalization;
using Snapback.Control.Analysis;

namespace Snapback.Control.Simulation;

/// <summary>A plan tried thousands of times on a traffic model, with the judge of production.</summary>
public static class PlanSimulation
{
    private const int TableLength = 5;

    /// <param name="progress">Called with the done share, in [0, 1], from any thread.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static SimulationReport Run(SimulationRequest request, Action<double>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(request);

        var judge = request.Judge;
        var setup = new SimulationSetup(request.Plan, judge, request.Traffic.OfOneReplica(), request.Admission);
        Series[] series = [.. SeriesOf(request, setup)];
        PlayAll(series, request, setup, progress, stop);
        var healthy = Healthy(series[0]);
        ImmutableArray<FaultResult> faults =
            [.. request.Scenarios.Select(scenario => Result(scenario, [.. series.Where(each => each.Scenario == scenario)], setup))];
        var steps = StepNeeds.Of(request.Plan, judge, request.Traffic);
        return new SimulationReport
        {
            Request = request,
            Healthy = healthy,
            Faults = faults,
            Steps = steps,
            FiringTable = judge is { Errors: { } budget, ConsecutiveFailures: null } ? budget.FiringTable(TableLength) : [],
            ProofTable = judge.Errors is { } limit
                ? [.. Enumerable.Range(0, TableLength).Select(k => new GoRule(limit.Budget).RequiredResponses(k))]
                : [],
            Warnings = [.. SimulationWarnings.Of(request, setup, healthy, faults, steps)],
        };
    }

    /// <summary>All runs of one scenario; the runs with and without a window share their random numbers.</summary>
    private sealed record Series(Scenario Scenario, bool Window, RunOutcome[] Runs);

    private static IEnumerable<Series> SeriesOf(SimulationRequest request, SimulationSetup setup)
    {
        yield return new Series(Scenario.Healthy, Window: false, new RunOutcome[request.Runs]);
        foreach (var scenario in request.Scenarios.Where(scenario => WhyNot(scenario, setup) is null))
        {
            yield return new Series(scenario, Window: false, new RunOutcome[request.Runs]);
            if (scenario.IsCanarys && request.Admission is not null)
            {
                yield return new Series(scenario, Window: true, new RunOutcome[request.Runs]);
            }
        }
    }

    // What no rule can see needs no thousand runs to show it.
    private static string? WhyNot(Scenario scenario, SimulationSetup setup)
    {
        if (scenario.Fault != Fault.Slow || setup.Judge.LatencyRatioToStable < Scenario.SlowerBy)
        {
            return null;
        }

        var slow = setup.Traffic.Latency.Times(Scenario.SlowerBy).ShareOver(setup.LatencyLimit);
        return setup.Judge.Latency is not { } allowed ? "not watched: the plan has no latency objective"
            : slow > allowed.Budget ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"within its limit: {slow * 100:0.##}% over {LatencyLimit.Of(TimeSpan.FromSeconds(setup.LatencyLimit))}, {allowed.Budget * 100:0.##}% allowed");
    }

    private static void PlayAll(Series[] series, SimulationRequest request, SimulationSetup setup, Action<double>? progress, CancellationToken stop)
    {
        var (done, all) = (0, series.Length * request.Runs);
        var options = new ParallelOptions { MaxDegreeOfParallelism = request.Cores, CancellationToken = stop };
        Parallel.For(0, all, options, i =>
        {
            var (which, run) = (series[i / request.Runs], i % request.Runs);
            which.Runs[run] = Play(which, run, request, setup, stop);
            progress?.Invoke((double)Interlocked.Increment(ref done) / all);
        });
    }

    private static RunOutcome Play(Series series, int run, SimulationRequest request, SimulationSetup setup, CancellationToken stop)
    {
        var replicas = new RunOutcome[request.Traffic.Replicas];
        for (var i = 0; i < replicas.Length; i++)
        {
            // By what the scenario is, not by its place in the list: the numbers of 5 % do not depend on what else was asked.
            var dice = new Dice(
                (ulong)request.Seed, (ulong)series.Scenario.Fault, BitConverter.DoubleToUInt64Bits(series.Scenario.Rate), (ulong)run, (ulong)i);
            replicas[i] = new SimulatedRun(setup, series.Scenario, series.Window, dice).Play(stop);
        }

        // A bad canary is gone when the last replica has let go of it; a good one is lost with the first.
        return RunOutcome.OfReplicas(replicas, anyEndIsAnEnd: !series.Scenario.IsCanarys);
    }

    private static HealthyResult Healthy(Series series)
    {
        var promoted = series.Runs.Where(run => run.Promoted).Select(run => run.Seconds);
        var ended = series.Runs.Count(run => run.Ended);
        return new HealthyResult(
            new Proportion(ended, series.Runs.Length), Distribution.Of(promoted, series.Runs.Length - ended),
            series.Runs.Count(run => !run.Ended && run.Frozen), MostOften(series.Runs));
    }

    private static FaultResult Result(Scenario scenario, Series[] played, SimulationSetup setup)
    {
        if (played.Length == 0)
        {
            return new FaultResult(scenario, WhyNot(scenario, setup));
        }

        // The detection is told as it is with the window, if there is one: it is the last of the two.
        RunOutcome[] runs = [.. played[^1].Runs.Where(run => run.Broke)];
        if (runs.Length == 0)
        {
            return new FaultResult(scenario, "every run was over before it broke");
        }

        RunOutcome[] ended = [.. runs.Where(run => run.Ended)];
        return new FaultResult(scenario)
        {
            Ended = new Proportion(ended.Length, runs.Length),
            Blamed = new Proportion(runs.Count(run => run.Blamed), runs.Length),
            EndedInFirstStep = ended.Count(run => run.Step == 0) / (double)runs.Length,
            Responses = Distribution.Of(ended.Select(run => (double)run.Responses), runs.Length),
            Seconds = Distribution.Of(ended.Select(run => run.Seconds), runs.Length),
            Victims = played.Length > 1 ? runs.Average(run => run.Victims) : null,
            VictimsWithShield = setup.Plan.Shield is { } shield ? runs.Average(run => ShieldedHarm.Of(run, scenario, shield, setup.Traffic)) : null,
            VictimsWithoutWindow = played[0].Runs.Where(run => run.Broke).Select(run => run.Victims).DefaultIfEmpty().Average(),
            MostOften = MostOften(ended),
        };
    }

    private static Cause MostOften(IEnumerable<RunOutcome> runs) =>
        runs.Where(run => run.Ended).GroupBy(run => run.Cause).OrderByDescending(group => group.Count()).ThenBy(group => group.Key)
            .Select(group => group.Key).FirstOrDefault();
}
