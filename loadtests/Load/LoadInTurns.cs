using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Load;

/// <summary>
/// A closed loop that goes on for as long as it is measured, in turns: outside them it and its proxy are stopped. So a turn can be short
/// and close to its neighbours', has the machine for itself, and begins with connections that are open.
/// </summary>
internal sealed class LoadInTurns
{
    /// <summary>What was sent is answered in it: no request waits in a proxy that is stopped.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromMilliseconds(5);

    /// <summary>Connections to all of the routes.</summary>
    private static readonly TimeSpan Connecting = TimeSpan.FromSeconds(1);

    /// <summary>Longer than any measurement: it is ended.</summary>
    private static readonly TimeSpan Endless = TimeSpan.FromHours(1);

    /// <summary>A request may wait for its next turn. wrk takes memory for each microsecond of it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Peer _peer;
    private readonly Child _wrk;
    private readonly Upstreams _upstreams;

    private LoadInTurns(Peer peer, Child wrk, Upstreams upstreams)
    {
        _peer = peer;
        _wrk = wrk;
        _upstreams = upstreams;
    }

    /// <summary>Connected, and stopped with its proxy.</summary>
    public static async Task<LoadInTurns> StartAsync(Workshop workshop, Peer peer, Cell cell, string script, Upstreams upstreams)
    {
        peer.Process.Continue();
        var load = new LoadInTurns(peer, workshop.Own(Child.Start(Child.LoadCore, "wrk", Burst.Wrk(peer, cell, script, Endless, Patience))), upstreams);
        await Task.Delay(Connecting);
        await load.StopAsync();
        return load;
    }

    /// <returns>CPU time of the proxy's process per request, in µs.</returns>
    public async Task<double> TurnAsync(TimeSpan length)
    {
        var (requests, cpu) = (await _upstreams.RequestsAsync(), _peer.Process.CpuTime);
        _peer.Process.Continue();
        _wrk.Continue();
        await Task.Delay(length);
        await StopAsync();
        var answered = await _upstreams.RequestsAsync() - requests;
        return answered > 0
            ? (_peer.Process.CpuTime - cpu).TotalMicroseconds / answered
            : throw new InvalidOperationException($"{_peer.Name} sent nothing to its upstreams in {length}: {_wrk.Output}{_peer.Process.Output}");
    }

    /// <returns>Of all turns, the requests and those that were not answered with 200.</returns>
    public async Task<(long Requests, long Errors)> EndAsync() => Burst.OfWrk(await _wrk.InterruptAsync());

    private async Task StopAsync()
    {
        _wrk.Stop();
        await Task.Delay(Drain);
        _peer.Process.Stop();
    }
}
