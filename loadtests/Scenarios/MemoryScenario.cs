using System.Net.Sockets;
using Snapback.LoadTests.Load;
using Snapback.LoadTests.Measuring;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Scenarios;

/// <summary>Resident memory after the start, after a little traffic, after saturation, and with 10,000 clients that are connected and silent.</summary>
internal static class MemoryScenario
{
    private const int IdleConnections = 10_000;
    private const int FewRequests = 2_000;
    private static readonly Cell Saturated = new(NginxPeers.SmallBody, 64, Http2: false);

    public static async Task<int> RunAsync(Run run)
    {
        OutsideProgram.Need("memory", OutsideProgram.Taskset, OutsideProgram.Nginx, OutsideProgram.Haproxy, OutsideProgram.Wrk, OutsideProgram.Dotnet);
        var report = new Report("memory");
        await using var workshop = new Workshop();
        var rivals = await Rivals.StartAsync(workshop);
        var published = await SnapbackPeer.SidecarAsync(workshop, await SnapbackBuild.PublishedAsync(), rivals.Stable, rivals.Canary);
        Peer[] peers = [.. rivals.All, published.Peer];
        var all = new Dictionary<string, List<double>>();
        string[] stages = ["started", $"{FewRequests:N0} requests", "saturated", $"{IdleConnections:N0} idle connections"];
        var rows = report.Table("Resident memory, MB", ["proxy", .. stages]);
        var progress = new Progress(peers.Length);
        await rivals.Snapback.RolloutAsync();
        await published.RolloutAsync();
        foreach (var peer in peers)
        {
            progress.Step(peer.Name);
            var megabytes = new List<double> { Now(peer) };
            await FixedRate.RunAsync(peer.Http1, FewRequests, 16, TimeSpan.FromSeconds(1));
            megabytes.Add(Now(peer));
            await Burst.RunAsync(peer, Saturated, Burst.Script(workshop, "/"), 5 * run.Burst);
            megabytes.Add(Now(peer));
            if (peer.Name == Peer.Haproxy)
            {
                // Its connections are bounded by its own maxconn, reserved at the start.
                megabytes.Add(double.NaN);
            }
            else
            {
                await ConnectAsync(peer.Http1, () => megabytes.Add(Now(peer)));
            }

            all[peer.Name] = megabytes;
            rows.Add([peer.Name, .. megabytes.Select(value => double.IsNaN(value) ? "–" : $"{value:0}")]);
            if (peer.Name == Peer.SnapbackPublished)
            {
                report.Goal($"MB after {FewRequests:N0} requests", 100, megabytes[1]);
                report.Goal("MB after saturation", 150, megabytes[2]);
                report.Goal($"MB with {IdleConnections:N0} idle connections", 220, megabytes[3]);
            }
        }

        foreach (var (i, stage) in stages.Index())
        {
            report.Ratio($"{stage}: {Peer.SnapbackPublished} ÷ {Peer.YarpTemplate}", Spread.Of([all[Peer.SnapbackPublished][i] / all[Peer.YarpTemplate][i]]));
        }

        progress.End();
        return report.Finish(run.Json, run.Save);
    }

    private static double Now(Peer peer) => peer.Process.Memory / 1e6;

    private static async Task ConnectAsync(Uri target, Action connected)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < IdleConnections; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                await socket.ConnectAsync(target.Host, target.Port);
            }

            await Task.Delay(TimeSpan.FromSeconds(1));
            connected();
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }
}
