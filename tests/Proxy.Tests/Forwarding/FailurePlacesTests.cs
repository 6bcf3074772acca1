using System.Net;
using Snapback.Control.Analysis;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Tests.Faults;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>A rollback says where its failures came from, by what a trusted proxy says of the clients.</summary>
public sealed class FailurePlacesTests
{
    [Fact]
    public async Task A_rollback_names_the_network_that_all_of_the_failures_came_from()
    {
        Script upstream = async wire =>
        {
            if (await wire.HeadAsync() is not { } head)
            {
                return false;
            }

            await wire.SendAsync(
                head.Contains("X-Forwarded-For: 203.0.113.", StringComparison.Ordinal)
                    ? Play.Status("500 x", "Content-Length: 0")
                    : Play.Ok("Content-Length: 0"));
            return true;
        };
        await using var rig = await FaultRig.StartAsync(
            [new Fault("any", upstream, "", Outcome.Success)],
            forwarding: ForwardingSettings.Default with { TrustedProxies = [IPNetwork.Parse("127.0.0.0/8")] });
        for (var i = 0; i < 60; i++)
        {
            await AskAsync(rig, $"198.51.{i % 20}.7");
        }

        for (var i = 0; rig.Live(0).Status.Rollback is null && i < 100; i++)
        {
            await AskAsync(rig, $"203.0.113.{i}");
        }

        Assert.Matches(
            @"\d+ of the \d+ failures \(100%\) were asked for by clients in 203\.0\.113\.0/24, which has [\d.]+% of the canary's requests\.$",
            rig.Live(0).Status.Rollback!.Explanation);
        Assert.Contains(rig.Live(0).Generation.Details.Read(), place => place is { Kind: "route", Key: "case-0", Share: 1, IsTelling: false });
        Assert.Contains(rig.Live(0).Generation.Details.Read(), place => place is { Kind: "destination", Key: "one", Share: 1, IsTelling: false });
    }

    private static async Task AskAsync(FaultRig rig, string client)
    {
        using var wire = await Wire.OpenAsync(rig.Port);
        await wire.SendAsync($"GET /case-0/ HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {client}\r\n\r\n");
        await wire.HeadAsync();
    }
}
