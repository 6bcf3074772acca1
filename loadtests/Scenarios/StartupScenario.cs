using System.Diagnostics;
using Snapback.LoadTests.Load;
using Snapback.LoadTests.Measuring;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// From the start of the process to its first proxied answer; and how long a proxy that is saturated from then on is dearer than it
/// will be. Snapback takes up a rollout that runs, as it is published and as it is built.
/// </summary>
internal static class StartupScenario
{
    private const int Windows = 8;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);
    private static readonly Cell Saturated = new(NginxPeers.SmallBody, 64, Http2: false);

    /// <summary>Dearer than this times the cost after some rest is not steady yet.</summary>
    private const double Steady = 1.25;
    private const int Rests = 4;
    private const int Saturations = 3;

    public static async Task<int> RunAsync(Run run)
    {
        OutsideProgram.Need("startup", OutsideProgram.Taskset, OutsideProgram.Nginx, OutsideProgram.Wrk, OutsideProgram.Dotnet);
        var report = new Report("startup");
        await using var around = new Workshop();
        var (stable, canary) = await NginxPeers.UpstreamsAsync(around);
        var progress = new Progress(1 + run.Rounds + 4 * (run.Short ? 1 : Saturations));
        progress.Step("dotnet publish");
        Starter[] peers =
        [
            new(Peer.NginxSplit, async workshop => (await NginxPeers.SplitAsync(workshop, stable, canary), null)),
            new(Peer.YarpTemplate, async workshop => (await YarpPeer.TemplateAsync(workshop, stable, canary), null)),
            await SnapbackAsync(await SnapbackBuild.PublishedAsync(), around, stable, canary),
            await SnapbackAsync(SnapbackBuild.Plain, around, stable, canary),
        ];
        var starts = peers.ToDictionary(peer => peer.Name, _ => new List<double>());
        for (var round = 1; round <= run.Rounds; round++)
        {
            progress.Step($"start {round} of {run.Rounds}");
            foreach (var (name, startAsync) in peers)
            {
                await using var workshop = new Workshop();
                var began = Stopwatch.GetTimestamp();
                var (_, snapback) = await startAsync(workshop);
                starts[name].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                if (snapback is not null && (await snapback.StatusAsync()).GetProperty("phase").GetString() is not "Progressing" and var phase)
                {
                    report.Problem($"{name} took up a rollout that is {phase}.");
                }
            }
        }

        var rows = report.Table(
            "Start to the first proxied answer, and the cost in windows of 2 s when saturated from then on (medians)",
            "proxy", "start, ms (quartiles)", "µs per request, window by window", "… after some rest", "steady after, s");
        var tries = run.Short ? 1 : Saturations;
        var saturations = peers.ToDictionary(peer => peer.Name, _ => new List<(List<double> Windows, double Rested)>());
        for (var i = 1; i <= tries; i++)
        {
            foreach (var (name, startAsync) in peers)
            {
                progress.Step($"{name}, saturated from the start, {i} of {tries}");
                await using var workshop = new Workshop();
                var (peer, snapback) = await startAsync(workshop);
                saturations[name].Add(await SaturateAsync(peer, Burst.Script(workshop, "/")));
                if (await (snapback?.ProblemAsync() ?? Task.FromResult<string?>(null)) is { } problem)
                {
                    report.Problem($"{name}: {problem}");
                }
            }
        }

        foreach (var (name, _) in peers)
        {
            var windows = Enumerable.Range(0, Windows).Select(i => Spread.Of(saturations[name].Select(saturation => saturation.Windows[i])).Median).ToList();
            var rested = Spread.Of(saturations[name].Select(saturation => saturation.Rested)).Median;
            var settled = windows.FindLastIndex(window => window > Steady * rested) + 1;
            var steady = settled < Windows ? Window.TotalSeconds * settled : double.PositiveInfinity;
            var text = settled < Windows ? $"{steady:0}" : $"more than {Window.TotalSeconds * Windows:0}";
            rows.Add([name, Spread.Of(starts[name]).Text("0"), string.Join(", ", windows.Select(window => $"{window:0}")), $"{rested:0}", text]);
            if (name == Peer.SnapbackPublished)
            {
                report.Goal("start, ms", 300, Spread.Of(starts[name]).Median);
                report.Goal("saturated from the start: steady after, s", 6, steady);
            }
        }

        report.Ratio($"start of {Peer.SnapbackPublished} ÷ {Peer.YarpTemplate}", Spread.OfRatios(starts[Peer.SnapbackPublished], starts[Peer.YarpTemplate]));
        report.Ratio($"start of {Peer.Snapback} ÷ {Peer.YarpTemplate}", Spread.OfRatios(starts[Peer.Snapback], starts[Peer.YarpTemplate]));
        progress.End();
        return report.Finish(run.Json, run.Save);
    }

    /// <summary>A build, and a store in which its rollout stands at its weight.</summary>
    private static async Task<Starter> SnapbackAsync(SnapbackBuild build, Workshop around, Uri stable, Uri canary)
    {
        var data = Path.Combine(around.Path, $"data of {build.Name}");
        await using var first = new Workshop();
        await (await SnapbackPeer.SidecarAsync(first, build, stable, canary, data)).RolloutAsync();
        return new Starter(build.Name, async workshop =>
        {
            var snapback = await SnapbackPeer.SidecarAsync(workshop, build, stable, canary, data);
            return (snapback.Peer, snapback);
        });
    }

    /// <summary>A load without a pause, in windows; and what a request costs once the compiler had quiet moments.</summary>
    private static async Task<(List<double> Windows, double Rested)> SaturateAsync(Peer peer, string script)
    {
        var windows = new List<double>();
        for (var i = 0; i < Windows; i++)
        {
            windows.Add((await Burst.RunAsync(peer, Saturated, script, Window)).CpuMicros);
        }

        var rested = double.PositiveInfinity;
        for (var i = 0; i < Rests; i++)
        {
            await Task.Delay(500);
            rested = Math.Min(rested, (await Burst.RunAsync(peer, Saturated, script, Window / 2)).CpuMicros);
        }

        return (windows, rested);
    }

    /// <param name="StartAsync">Back with the first proxied answer.</param>
    private sealed record Starter(string Name, Func<Workshop, Task<(Peer Peer, SnapbackPeer? Snapback)>> StartAsync);
}
