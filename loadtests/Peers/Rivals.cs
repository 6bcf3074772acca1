using Snapback.LoadTests.Load;

namespace Snapback.LoadTests.Peers;

/// <summary>The product and whoever else does its job, all in front of the same upstreams.</summary>
/// <param name="Compiled">Those that a compiler makes faster while they run.</param>
internal sealed record Rivals(Uri Stable, Uri Canary, SnapbackPeer Snapback, SnapbackPeer Lean, IReadOnlyList<Peer> Compiled, IReadOnlyList<Peer> All)
{
    /// <summary>A compiler that works in the background needs quiet moments between the bursts, and more of them the more code there is.</summary>
    public const int WarmUpBursts = 8;

    public static readonly TimeSpan WarmUpBurst = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public static async Task<Rivals> StartAsync(Workshop workshop)
    {
        var (stable, canary) = await NginxPeers.UpstreamsAsync(workshop);
        var snapback = await SnapbackPeer.SidecarAsync(workshop, SnapbackBuild.Plain, stable, canary);
        var lean = await SnapbackPeer.LeanAsync(workshop, stable, canary);
        Peer[] compiled =
        [
            await YarpPeer.TemplateAsync(workshop, stable, canary),
            await YarpPeer.SameAsync(workshop, stable, canary),
            await YarpPeer.KeepsHostAsync(workshop, stable, canary),
            snapback.Peer,
            lean.Peer,
        ];
        return new Rivals(stable, canary, snapback, lean, compiled,
        [
            await NginxPeers.WeightedAsync(workshop, stable, canary),
            await NginxPeers.SplitAsync(workshop, stable, canary),
            await HaproxyPeer.StartAsync(workshop, stable, canary),
            .. compiled,
        ]);
    }

    /// <summary>Compiled and connected, and the rollout at its weight.</summary>
    public async Task WarmUpAsync(IEnumerable<Cell> cells, Func<Cell, string> script)
    {
        await Snapback.RolloutAsync();
        await Lean.RolloutAsync();
        foreach (var cell in cells)
        {
            for (var i = 0; i < WarmUpBursts; i++)
            {
                foreach (var peer in Compiled)
                {
                    await Burst.RunAsync(peer, cell, script(cell), WarmUpBurst);
                    await Task.Delay(Pause);
                }
            }
        }
    }
}
