using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Snapback.LoadTests.Measuring;
using Snapback.LoadTests.Micro;

namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// Nanoseconds and bytes of what is done per request, as multiples of a reference loop that runs between them in the same
/// process: only these can be compared with another machine's. With <c>--benchmarkdotnet</c> the same calls by its rules.
/// </summary>
internal static class MicroScenario
{
    private const int Calls = 200_000;
    private const int Rollbacks = 300;

    /// <summary>Compiled in all its stages, with moments for the compiler in between.</summary>
    private const int WarmUps = 4;

    /// <summary>The same code differs by a quarter between two machines and by more beside busy neighbours.</summary>
    private const double Margin = 0.5;

    /// <summary>Reference loops in a round trip between two cores: 2 to 4 where they share a cache, 9 to 11 where they do not.</summary>
    private const double FarApart = 6;

    public static int Run(Run run)
    {
        var report = new Report("micro", Margin);
        var path = new RequestPath();
        (string Name, Action Call)[] calls =
        [
            ("sticky hash", () => path.StickyHash()),
            ("sticky draw by a header", () => path.StickyDraw()),
            ("segment of five conditions", () => path.SegmentOfFive()),
            ("pick and leave", path.PickAndLeave),
            ("judge, good", path.JudgeGood),
            ("good response, whole", path.GoodResponse),
        ];
        var progress = new Progress(2 * run.Rounds + 1);
        foreach (var threads in (int[])[1, 2])
        {
            var reference = new List<double>();
            var distance = new List<double>();
            var costs = calls.ToDictionary(call => call.Name, _ => new List<(double Nanoseconds, long Bytes)>());
            Warm(path.Reference);
            Array.ForEach(calls, call => Warm(call.Call));
            for (var round = 1; round <= run.Rounds; round++)
            {
                progress.Step($"{threads} thread{(threads == 1 ? "" : "s")}, round {round} of {run.Rounds}");
                reference.Add(CallCost.Best(threads, Calls, Loop(path.Reference)).Nanoseconds);
                foreach (var (name, call) in calls)
                {
                    costs[name].Add(CallCost.Best(threads, Calls, Loop(call)));
                }

                if (threads > 1)
                {
                    distance.Add(CoreDistance.RoundTrip());
                }
            }

            Tell(report, threads, reference, distance, costs);
        }

        progress.Step("rollbacks");
        Decide(run, report, path.Reference);
        progress.End();
        return report.Finish(run.Json, run.Save);
    }

    private static void Decide(Run run, Report report, Action reference)
    {
        (string Name, Decision Decision)[] decisions =
        [
            ("one alone", new Decision()),
            ("one alone, a dozen failures before", new Decision(failures: 12)),
            ("in a fleet of three, a dozen failures that nobody has told up to", new Decision(replicas: 3, failures: 12)),
            ("in a fleet of sixteen, the same", new Decision(replicas: 16, failures: 12)),
        ];
        var ticks = new List<double>();
        var micros = decisions.ToDictionary(decision => decision.Name, _ => new List<IReadOnlyList<double>>());
        Warm(reference);
        for (var i = 0; i < WarmUps; i++)
        {
            Array.ForEach(decisions, decision => decision.Decision.Micros(Rollbacks));
            Task.Delay(50).GetAwaiter().GetResult();
        }

        for (var round = 1; round <= run.Rounds; round++)
        {
            ticks.Add(CallCost.Best(1, Calls, Loop(reference)).Nanoseconds);
            foreach (var (name, decision) in decisions)
            {
                micros[name].Add(decision.Micros(Rollbacks));
            }
        }

        var rows = report.Table(
            $"{Rollbacks:N0} rollbacks a round, from the deciding response to weight 0",
            "decision", "median, µs (quartiles)", "p99, µs", "longest, µs", "× reference loop");
        foreach (var (name, rounds) in micros)
        {
            var medians = rounds.ConvertAll(round => round[Rollbacks / 2]);
            var ratio = Spread.OfRatios(medians.Select(median => median * 1_000), ticks);
            var p99 = Spread.Of(rounds.Select(round => round[Rollbacks * 99 / 100])).Median;
            rows.Add([name, Spread.Of(medians).Text("0.0"), $"{p99:0.0}", $"{rounds.Max(round => round[^1]):0.0}", ratio.Text("0")]);
            report.Ratio($"decision, {name}: ÷ reference", ratio);
            report.Goal($"decision, {name}: p99 in µs", 10, p99);
        }
    }

    /// <summary>In this process: a generated project would not find this repository's versions.</summary>
    public static int BenchmarkDotNet()
    {
        var config = ManualConfig.Create(DefaultConfig.Instance)
            .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "benchmarks"))
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
        var summary = BenchmarkRunner.Run<RequestPath>(config);
        return summary.HasCriticalValidationErrors ? 1 : 0;
    }

    private static void Tell(
        Report report, int threads, List<double> reference, List<double> distance,
        Dictionary<string, List<(double Nanoseconds, long Bytes)>> costs)
    {
        // Like is compared with like: the name is the baseline's.
        var together = $"{threads}";
        var rows = report.Table(
            $"{threads} thread{(threads == 1 ? "" : "s at the same rollout")}",
            "call", "ns (quartiles)", "× reference loop", "bytes per call");
        rows.Add(["reference loop", Spread.Of(reference).Text("0.0"), "1", "0"]);
        if (distance.Count > 0)
        {
            var apart = Spread.OfRatios(distance, reference);
            together += apart.Median < FarApart ? " on cores that share a cache" : " on cores far apart";
            rows.Add(["a cache line to the other core and back", Spread.Of(distance).Text("0.0"), apart.Text("0.00"), ""]);
        }

        foreach (var (name, rounds) in costs)
        {
            var ratio = Spread.OfRatios(rounds.Select(round => round.Nanoseconds), reference);
            var bytes = Spread.Of(rounds.Select(round => (double)round.Bytes / (threads * Calls))).Median;
            rows.Add([name, Spread.Of(rounds.Select(round => round.Nanoseconds)).Text("0.0"), ratio.Text("0.00"), $"{bytes:0.##}"]);
            report.Ratio($"{name}, {together}: ÷ reference", ratio);
            if (name.StartsWith("good", StringComparison.Ordinal) && threads == 2)
            {
                report.Goal($"good response, {together}: ns", 100, Spread.Of(rounds.Select(round => round.Nanoseconds)).Median);
                report.Goal("good response, bytes", 0, Math.Round(bytes, 1));
            }
        }
    }

    private static void Warm(Action call)
    {
        for (var i = 0; i < WarmUps; i++)
        {
            Loop(call)(Calls);
            Task.Delay(50).GetAwaiter().GetResult();
        }
    }

    private static Action<int> Loop(Action call) => count =>
    {
        for (var i = 0; i < count; i++)
        {
            call();
        }
    };
}
