using Snapback.LoadTests.Load;
using Snapback.LoadTests.Measuring;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Scenarios;

/// <summary>CPU time per request of each proxy's process, peer after peer in every round, in another order in each, and the ratios of one round.</summary>
internal static class OverheadScenario
{
    private const int Concurrent = 64;
    private static readonly Cell Main = new(NginxPeers.SmallBody, Concurrent, Http2: false);

    private static readonly Cell[] Short = [Main, Main with { Http2 = true }];

    private static readonly Cell[] Https = [Main with { Tls = true }, Main with { Tls = true, Http2 = true }, Main with { Tls = true, Closes = true }];

    private static readonly Cell[] All =
    [
        .. from http2 in (bool[])[false, true]
           from body in (int[])[NginxPeers.SmallBody, NginxPeers.LargeBody]
           from connections in (int[])[1, Concurrent, 512]
           select new Cell(body, connections, http2),
    ];

    /// <param name="tls">The cells over TLS, and none of the others.</param>
    public static async Task<int> RunAsync(Run run, bool tls)
    {
        OutsideProgram.Need("overhead", OutsideProgram.Taskset, OutsideProgram.Nginx, OutsideProgram.Haproxy, OutsideProgram.Wrk, OutsideProgram.H2Load);
        var report = new Report(tls ? "overhead-tls" : "overhead");
        await using var workshop = new Workshop(tls);
        var rivals = await Rivals.StartAsync(workshop);
        var cells = tls ? Https : run.Short ? Short : All;
        var distance = new CoreDistance();
        var progress = new Progress(1 + cells.Length * run.Rounds);
        progress.Step("warming up");
        await rivals.WarmUpAsync(tls ? Https : Short, Script);
        var overview = run.Short || tls ? null : report.Table(
            "CPU time per request, µs",
            ["", .. rivals.All.Select(peer => peer.Name), "Snapback × YARP same", "lean × YARP same"]);
        foreach (var cell in cells)
        {
            var bursts = rivals.All.ToDictionary(peer => peer.Name, _ => new List<Burst>());
            for (var round = 1; round <= run.Rounds; round++)
            {
                progress.Step($"{cell}, round {round} of {run.Rounds}");
                distance.Measure();
                foreach (var peer in Turns.Of(rivals.All, round))
                {
                    bursts[peer.Name].Add(await Burst.RunAsync(peer, cell, Script(cell), run.Burst));
                }
            }

            Tell(report, cell, bursts);
            overview?.Add(
            [
                $"{cell}",
                .. bursts.Values.Select(rounds => $"{Spread.Of(rounds.Select(burst => burst.CpuMicros)).Median:0.0}"),
                .. ((string[])[Peer.Snapback, Peer.SnapbackLean]).Select(name => Ratio(bursts, name, Peer.YarpSame).Text("0.00")),
            ]);
        }

        foreach (var snapback in (SnapbackPeer[])[rivals.Snapback, rivals.Lean])
        {
            if (await snapback.ProblemAsync() is { } problem)
            {
                report.Problem($"{snapback.Peer.Name}: {problem}");
            }
        }

        progress.End();
        report.Note($"{distance}");
        return report.Finish(run.Json, run.Save);

        string Script(Cell cell) => Burst.Script(workshop, cell.Body == NginxPeers.LargeBody ? NginxPeers.LargePath : "/", closes: cell.Closes);
    }

    private static void Tell(Report report, Cell cell, Dictionary<string, List<Burst>> bursts)
    {
        var rows = report.Table(
            $"{cell}: CPU time per request",
            "proxy", "µs (quartiles)", "× nginx weighted", "× nginx split", "× YARP template", "× YARP same", "requests/s");
        string[] others = [Peer.NginxWeighted, Peer.NginxSplit, Peer.YarpTemplate, Peer.YarpSame];
        foreach (var (name, rounds) in bursts)
        {
            rows.Add(
            [
                name,
                Spread.Of(rounds.Select(burst => burst.CpuMicros)).Text("0.0"),
                .. others.Select(other => name == other ? "1" : Ratio(name, other).Text("0.00")),
                $"{Spread.Of(rounds.Select(burst => burst.PerSecond)).Median:N0}",
            ]);
            if (rounds.Sum(burst => burst.Errors) is > 0 and var errors)
            {
                report.Problem($"{name}, {cell}: {errors} of {rounds.Sum(burst => burst.Requests)} requests were not answered with 200.");
            }
        }

        foreach (var other in (string[])[Peer.NginxWeighted, Peer.NginxSplit, Peer.YarpTemplate, Peer.YarpSame])
        {
            report.Ratio($"{cell}: CPU ÷ {other}", Ratio(Peer.Snapback, other));
            report.Ratio($"{cell}: lean, CPU ÷ {other}", Ratio(Peer.SnapbackLean, other));
        }

        report.Ratio($"{cell}: lean ÷ not lean", Ratio(Peer.SnapbackLean, Peer.Snapback));
        if (cell == Main)
        {
            foreach (var (name, word) in ((string, string)[])[(Peer.Snapback, ""), (Peer.SnapbackLean, "lean, ")])
            {
                report.Goal($"{cell}: {word}CPU ÷ {Peer.YarpTemplate}", 0.65, Ratio(name, Peer.YarpTemplate).Median);
                report.Goal($"{cell}: {word}CPU ÷ {Peer.YarpSame}", 1.05, Ratio(name, Peer.YarpSame).Median);
                report.Goal($"{cell}: {word}CPU ÷ {Peer.NginxWeighted}", 1.7, Ratio(name, Peer.NginxWeighted).Median);
                report.Goal($"{cell}: {word}CPU ÷ {Peer.NginxSplit}, the moonshot", 1.0, Ratio(name, Peer.NginxSplit).Median);
            }
        }

        Spread Ratio(string name, string other) => OverheadScenario.Ratio(bursts, name, other);
    }

    private static Spread Ratio(Dictionary<string, List<Burst>> bursts, string name, string other) =>
        Spread.OfRatios(bursts[name].Select(burst => burst.CpuMicros), bursts[other].Select(burst => burst.CpuMicros));
}
