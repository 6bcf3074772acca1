using System.Diagnostics;
using Snapback.LoadTests.Load;
using Snapback.LoadTests.Measuring;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Scenarios;

/// <summary>From the start of the process to its first proxied answer; and how long a proxy that is saturated from then on is dearer than it will be.</summary>
internal static class StartupScenario
{
    private const int Windows = 8;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);
    private static readonly Cell Saturated = new(NginxPeers.SmallBody, 64, Http2: false);

    /// <summary>Dearer than this times the cost after some rest is not steady yet.</summary>
    private const double Steady = 1.25;
    private const int Rests = 4;

    public static async Task<int> RunAsync(Run run)
    {
        var report = new Report("startup");
        await using var upstreams = new Workshop();
        var (stable, canary) = await NginxPeers.UpstreamsAsync(upstreams);
        (string Name, Func<Workshop, Task<Peer>> StartAsync)[] peers =
        [
            (Peer.NginxSplit, workshop => NginxPeers.SplitAsync(workshop, stable, canary)),
            (Peer.YarpTemplate, workshop => YarpPeer.TemplateAsync(workshop, stable, canary)),
            (Peer.Snapback, async workshop => (await SnapbackPeer.SidecarAsync(workshop, stable, canary)).Peer),
        ];
        var progress = new Progress(run.Rounds + peers.Length);
        var starts = peers.ToDictionary(peer => peer.Name, _ => new List<double>());
        for (var round = 1; round <= run.Rounds; round++)
        {
            progress.Step($"start {round} of {run.Rounds}");
            foreach (var (name, startAsync) in peers)
            {
                await using var workshop = new Workshop();
                var began = Stopwatch.GetTimestamp();
                await startAsync(workshop);
                starts[name].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }

        var rows = report.Table("Start to the first proxied answer, and the cost in windows of 2 s when saturated from then on", "proxy", "start, ms (quartiles)", "µs per request, window by window", "… after some rest", "steady after, s");
        foreach (var (name, startAsync) in peers)
        {
            progress.Step($"{name}, saturated from the start");
            await using var workshop = new Workshop();
            var (windows, rested) = await SaturateAsync(await startAsync(workshop), Burst.Script(workshop, "/"));
            var settled = windows.FindLastIndex(window => window > Steady * rested) + 1;
            var steady = settled < Windows ? Window.TotalSeconds * settled : double.PositiveInfinity;
            var text = settled < Windows ? $"{steady:0}" : $"more than {Window.TotalSeconds * Windows:0}";
            rows.Add([name, Spread.Of(starts[name]).Text("0"), string.Join(", ", windows.Select(window => $"{window:0}")), $"{rested:0}", text]);
            if (name == Peer.Snapback)
            {
                report.Goal("start, ms", 300, Spread.Of(starts[name]).Median);
                report.Goal("saturated from the start: steady after, s", 6, steady);
            }
        }

        report.Ratio($"start ÷ {Peer.YarpTemplate}", Spread.OfRatios(starts[Peer.Snapback], starts[Peer.YarpTemplate]));
        progress.End();
        return report.Finish(run.Json, run.Save);
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
}
