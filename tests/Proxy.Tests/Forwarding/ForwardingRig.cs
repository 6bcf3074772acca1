using System.Collections.Concurrent;
using Snapback.Control.Analysis;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Tests.Faults;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>A raw client, the proxy, and a raw canary with all of the traffic that keeps each head it got, byte by byte.</summary>
internal sealed class ForwardingRig : IAsyncDisposable
{
    private static readonly (string, string?)[] KeepsHost = [("ReverseProxy:Routes:case-0:Transforms:0:RequestHeaderOriginalHost", "true")];

    private readonly ConcurrentQueue<string> _heads = new();
    private FaultRig _rig = null!;

    public int Port => _rig.Port;

    public string? LastHead => _heads.LastOrDefault();

    public static async Task<ForwardingRig> StartAsync(
        string? answer = null, ForwardingSettings? settings = null, bool keepsHost = false, int protocol = 1)
    {
        var rig = new ForwardingRig();
        Script upstream = async wire =>
        {
            if (await wire.HeadAsync() is not { } head)
            {
                return false;
            }

            rig._heads.Enqueue(head);
            await wire.SendAsync(answer ?? Play.Ok("Content-Length: 2", "ok"));
            return true;
        };
        rig._rig = await FaultRig.StartAsync(
            [new Fault("any", upstream, "", Outcome.Success)],
            forwarding: settings,
            settings: [("Kestrel:EndpointDefaults:Protocols", $"Http{protocol}"), .. keepsHost ? KeepsHost : []]);
        return rig;
    }

    /// <summary>One request on a connection of its own; the head of the answer.</summary>
    /// <param name="target">Behind the route's own path.</param>
    public async Task<string> AskAsync(string target = "", string headers = "", string method = "GET", string host = "shop.example")
    {
        using var wire = await Wire.OpenAsync(_rig.Port);
        await wire.SendAsync($"{method} /case-0/{target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
        return await wire.HeadAsync() ?? "";
    }

    /// <summary>A header as the canary got it; null without it.</summary>
    public string? Got(string name) => Heard.Header(LastHead!, name);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();
}
