using Snapback.LoadTests.Load;
using Snapback.LoadTests.Measuring;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Scenarios;

/// <summary>What a request costs a proxy that has thousands of busy connections, beside its cost with the usual ones.</summary>
internal static class ScaleCrowd
{
    /// <summary>Of which the clients need one or two to connect.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(6);

    public static async Task RunAsync(
        Run run, IReadOnlyList<ScaleProxy> proxies, Cell usual, Cell crowd, int rounds, string script, Report report, Progress progress)
    {
        var costs = proxies.ToDictionary(proxy => proxy, _ => (Usual: new List<double>(), Crowded: new List<double>()));
        for (var round = 1; round <= rounds; round++)
        {
            progress.Step($"{crowd.Connections:N0} connections, round {round} of {rounds}");
            foreach (var proxy in Turns.Of(proxies, round))
            {
                proxy.Peer.Process.Continue();
                costs[proxy].Usual.Add(await CostAsync(proxy, usual, run.Burst));
                costs[proxy].Crowded.Add(await CostAsync(proxy, crowd, Length));
                proxy.Peer.Process.Stop();
            }
        }

        var rows = report.Table(
            $"CPU time per request with {crowd.Connections:N0} connections",
            "proxy", $"µs, {usual.Connections} connections", $"µs, {crowd.Connections:N0}", "growth");
        foreach (var (proxy, (few, many)) in costs)
        {
            var growth = Spread.OfRatios(many, few);
            rows.Add([proxy.Name, Spread.Of(few).Text("0.0"), Spread.Of(many).Text("0.0"), growth.Text("0.00")]);
            report.Ratio($"{proxy.Name}: {crowd.Connections:N0} connections ÷ {usual.Connections}", growth);
        }

        async Task<double> CostAsync(ScaleProxy proxy, Cell cell, TimeSpan length)
        {
            var burst = await Burst.RunAsync(proxy.Peer, cell, script, length);
            if (burst.Errors > 0)
            {
                report.Problem($"{proxy.Name}, {cell}: {burst.Errors} of {burst.Requests} requests were not answered with 200.");
            }

            return burst.CpuMicros;
        }
    }
}
