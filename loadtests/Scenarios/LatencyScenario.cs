using Snapback.LoadTests.Load;
using Snapback.LoadTests.Measuring;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// What a proxy adds to the latency at a fixed rate: its quantile less the quantile without a proxy. A ratio of two proxies
/// depends on the rate: where both wait for work, waking up is all of it.
/// </summary>
internal static class LatencyScenario
{
    private const int Clients = 16;
    private const string Direct = "no proxy";

    /// <summary>A quarter and a half of what the slowest proxy here can do.</summary>
    public static readonly int[] Rates = [8_000, 16_000];

    private static readonly double[] Quantiles = [0.5, 0.9, 0.99, 0.999];
    private static readonly Cell WarmUp = new(NginxPeers.SmallBody, Clients, Http2: false);

    public static async Task<int> RunAsync(Run run, IReadOnlyList<int> rates)
    {
        OutsideProgram.Need("latency", OutsideProgram.Taskset, OutsideProgram.Nginx, OutsideProgram.Haproxy, OutsideProgram.Wrk);
        var report = new Report("latency");
        await using var workshop = new Workshop();
        var rivals = await Rivals.StartAsync(workshop);
        var distance = new CoreDistance();
        var progress = new Progress(1 + rates.Count * run.Rounds);
        progress.Step("warming up");
        await rivals.WarmUpAsync([WarmUp], _ => Burst.Script(workshop, "/"));
        var targets = rivals.All.Select(peer => (peer.Name, Target: peer.Http1)).Prepend((Direct, rivals.Stable)).ToList();
        foreach (var perSecond in rates)
        {
            var seen = targets.ToDictionary(target => target.Item1, _ => new List<FixedRate.Latencies>());
            for (var round = 1; round <= run.Rounds; round++)
            {
                progress.Step($"{perSecond:N0} requests a second, round {round} of {run.Rounds}");
                distance.Measure();
                foreach (var (name, target) in Turns.Of(targets, round))
                {
                    seen[name].Add(await FixedRate.RunAsync(target, perSecond, Clients, 2 * run.Burst));
                }
            }

            Tell(report, seen, perSecond);
        }

        if (await rivals.Snapback.ProblemAsync() is { } problem && !problem.StartsWith("The canary got", StringComparison.Ordinal))
        {
            // Sixteen users hash to other shares than a thousand do.
            report.Problem(problem);
        }

        progress.End();
        report.Note($"{distance}");
        return report.Finish(run.Json, run.Save);
    }

    private static void Tell(Report report, Dictionary<string, List<FixedRate.Latencies>> seen, int perSecond)
    {
        var rows = report.Table(
            $"Latency at {perSecond:N0} requests a second from {Clients} clients, µs over no proxy (quartiles of the rounds)",
            "proxy", "p50", "p90", "p99", "p99.9", "p50 × YARP template", "p50 × nginx split");
        foreach (var (name, rounds) in seen)
        {
            rows.Add(
            [
                name,
                .. Quantiles.Select(quantile => (name == Direct ? At(name, quantile) : Added(name, quantile)).Text("0")),
                .. ((string[])[Peer.YarpTemplate, Peer.NginxSplit]).Select(other => name == Direct ? "" : Ratio(name, other).Text("0.00")),
            ]);
            if (rounds.Sum(round => round.Errors) is > 0 and var errors)
            {
                report.Problem($"{name}: {errors} requests were not answered with 200.");
            }
        }

        foreach (var other in (string[])[Peer.YarpTemplate, Peer.YarpSame, Peer.NginxSplit])
        {
            report.Ratio($"{perSecond:N0}/s: added p50 ÷ {other}", Ratio(Peer.Snapback, other));
        }

        report.Goal($"{perSecond:N0}/s: added p50 ÷ {Peer.YarpTemplate}", 0.4, Ratio(Peer.Snapback, Peer.YarpTemplate).Median);
        report.Goal($"{perSecond:N0}/s: added p50 ÷ {Peer.NginxSplit}", 2, Ratio(Peer.Snapback, Peer.NginxSplit).Median);

        Spread At(string name, double quantile) => Spread.Of(seen[name].Select(round => round.At(quantile)));
        Spread Added(string name, double quantile) => Spread.Of(OfRounds(name, quantile));
        Spread Ratio(string name, string other) => Spread.OfRatios(OfRounds(name, 0.5), OfRounds(other, 0.5));
        IEnumerable<double> OfRounds(string name, double quantile) => seen[name].Zip(seen[Direct], (with, without) => with.At(quantile) - without.At(quantile));
    }
}
