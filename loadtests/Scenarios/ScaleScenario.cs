using Snapback.LoadTests.Load;
using Snapback.LoadTests.Measuring;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// The cost of a request beside many rollouts, each with a route, two clusters and an open generation, in short turns with all other
/// proxies stopped; and the cost with 10,000 connections.
/// </summary>
internal static class ScaleScenario
{
    private const int ManyConnections = 10_000;
    private static readonly Cell Usual = new(NginxPeers.SmallBody, 64, Http2: false);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(250);

    /// <param name="only">Beside one, so many rollouts and no others, and no crowd; null for all.</param>
    public static async Task<int> RunAsync(Run run, int? only)
    {
        OutsideProgram.Need("scale", OutsideProgram.Taskset, OutsideProgram.Nginx, OutsideProgram.Wrk);
        int[] sizes = only is { } many ? [1, many] : run.Short ? [1, 1_000] : [1, 1_000, 10_000];
        var crowdRounds = only is not null ? 0 : run.Short ? 3 : 5;
        var crowd = Usual with { Connections = OpenFiles.RoomFor(ManyConnections) };
        var report = new Report("scale");
        await using var workshop = new Workshop();
        var upstreams = await NginxPeers.UpstreamsAsync(workshop);
        var progress = new Progress(sizes.Length + 1 + (2 * run.Rounds) + crowdRounds);
        var proxies = new List<ScaleProxy>();
        foreach (var size in sizes)
        {
            progress.Step($"starting, rollouts: {size:N0}");
            proxies.AddRange(await ScaleProxy.StartAsync(workshop, size, upstreams));
        }

        // A compiler has its quiet moments while the others are warmed.
        var toFirst = Burst.Script(workshop, "/", 1);
        progress.Step("warming up");
        for (var i = 0; i < Rivals.WarmUpBursts; i++)
        {
            foreach (var proxy in proxies)
            {
                await Burst.RunAsync(proxy.Peer, Usual, toFirst, Rivals.WarmUpBurst);
            }
        }

        // Traffic to all last: it leaves connections and counters behind that traffic to one would pay for.
        await InTurnsAsync("one", proxy => toFirst, proxy => proxy.ToOne);
        await InTurnsAsync("all", proxy => Burst.Script(workshop, "/", proxy.Size), proxy => proxy.ToAll);
        Tell(report, proxies);
        foreach (var proxy in proxies)
        {
            proxy.Peer.Process.Continue();
            if (proxy.Snapback is { } snapback && await snapback.ProblemAsync("r0") is { } problem)
            {
                report.Problem($"{proxy.Name}, {proxy.Size:N0}: {problem}");
            }

            proxy.Peer.Process.Stop();
        }

        if (crowdRounds > 0)
        {
            // After all others, as thousands of connections leave the upstreams and the kernel busy for a while, and memory with the proxies.
            ScaleProxy[] crowded = [.. proxies.Where(proxy => proxy is { Size: 1, Name: not ScaleProxy.FromTheStore })];
            await ScaleCrowd.RunAsync(run, crowded, Usual, crowd, crowdRounds, toFirst, report, progress);
        }

        progress.End();
        return report.Finish(run.Json, run.Save);

        async Task InTurnsAsync(string target, Func<ScaleProxy, string> script, Func<ScaleProxy, List<double>> costs)
        {
            var loads = new List<(ScaleProxy Proxy, LoadInTurns Load)>();
            foreach (var proxy in proxies)
            {
                loads.Add((proxy, await LoadInTurns.StartAsync(workshop, proxy.Peer, Usual, script(proxy), upstreams)));
            }

            for (var round = 1; round <= run.Rounds; round++)
            {
                progress.Step($"traffic to {target}, round {round} of {run.Rounds}");
                foreach (var (proxy, load) in Turns.Of(loads, round))
                {
                    costs(proxy).Add(await load.TurnAsync(Turn));
                }
            }

            foreach (var (proxy, load) in loads)
            {
                if (await load.EndAsync() is { Errors: > 0 } seen)
                {
                    report.Problem(
                        $"{proxy.Name}, {proxy.Size:N0}, traffic to {target}: "
                        + $"{seen.Errors} of {seen.Requests} requests were not answered with 200.");
                }
            }
        }
    }

    /// <summary>
    /// Traffic to one of many shows what the others cost that have none. Traffic to all finds each one's connections and counters cold, in
    /// any proxy: it is held beside bare YARP with as many routes and clusters.
    /// </summary>
    private static void Tell(Report report, List<ScaleProxy> proxies)
    {
        var rows = report.Table(
            "CPU time per request, 64 connections",
            "proxy", "rollouts or routes", "traffic to one, µs (quartiles)", "× one", "traffic to all, µs", "× one", "memory, MB");
        foreach (var proxy in proxies)
        {
            var (toOne, toAll) = (ToOne(proxy), ToAll(proxy));
            rows.Add(
            [
                proxy.Name,
                $"{proxy.Size:N0}",
                Spread.Of(proxy.ToOne).Text("0.0"),
                Text(toOne),
                Spread.Of(proxy.ToAll).Text("0.0"),
                Text(toAll),
                $"{proxy.Peer.Process.Memory / 1e6:0}",
            ]);
            if (proxy.Size > 1)
            {
                report.Ratio($"{proxy.Name}: {proxy.Size:N0}, traffic to one ÷ one", toOne);
                report.Ratio($"{proxy.Name}: {proxy.Size:N0}, traffic to all ÷ one", toAll);
            }

            string Text(Spread growth) => proxy.Size == 1 ? "1" : growth.Text("0.00");
        }

        var most = proxies.Max(proxy => proxy.Size);
        foreach (var name in (string[])[ScaleProxy.JustStarted, ScaleProxy.FromTheStore])
        {
            report.Goal($"{name}: {most:N0} rollouts, traffic to one of them ÷ one rollout", 1.05, ToOne(Of(name)).Median);
            var overYarp = ToAll(Of(name)).Median / ToAll(Of(Peer.YarpSame)).Median;
            report.Goal($"{name}: {most:N0} rollouts, traffic to all: growth ÷ bare YARP's", 1.05, overYarp);
        }

        ScaleProxy Of(string name) => proxies.Single(proxy => proxy.Name == name && proxy.Size == most);
        ScaleProxy One(ScaleProxy of) => proxies.Single(proxy => proxy.Name == of.Name && proxy.Size == 1);
        Spread ToOne(ScaleProxy proxy) => Spread.OfRatios(proxy.ToOne, One(proxy).ToOne);
        Spread ToAll(ScaleProxy proxy) => Spread.OfRatios(proxy.ToAll, One(proxy).ToAll);
    }
}
