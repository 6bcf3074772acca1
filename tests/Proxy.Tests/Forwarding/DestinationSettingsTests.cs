using Microsoft.AspNetCore.Http;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>What a cluster says of its destinations holds by either forwarder.</summary>
public sealed class DestinationSettingsTests
{
    [Theory]
    [InlineData("yarp", null, "shop.internal:81")]
    [InlineData("lean", null, "shop.internal:81")]
    [InlineData("yarp", "true", "shop.example")]
    [InlineData("lean", "true", "shop.example")]
    public async Task An_arm_is_asked_by_its_destinations_host_unless_the_clients_is_kept(string forwarder, string? keepsHost, string heard)
    {
        await using var rig = await ProxyRig.StartAsync(
            settings:
            [
                ("Snapback:Forwarder", forwarder),
                ("ReverseProxy:Clusters:shop-canary:Destinations:one:Host", "shop.internal:81"),
                ("ReverseProxy:Routes:main:Transforms:0:RequestHeaderOriginalHost", keepsHost),
            ]);
        rig.Canary.Handle = context => context.Response.WriteAsync(context.Request.Host.Value!);
        Assert.Equal((200, heard), await rig.GetAsync("/", ("Host", "shop.example")));
    }

    [Theory]
    [InlineData("yarp")]
    [InlineData("lean")]
    public async Task A_client_gets_the_cookie_of_its_destination_where_the_cluster_asks_for_affinity(string forwarder)
    {
        const string affinity = "ReverseProxy:Clusters:{0}:SessionAffinity:{1}";
        string[] clusters = ["shop-stable", "shop-canary"];
        await using var rig = await ProxyRig.StartAsync(
            settings:
            [
                ("Snapback:Forwarder", forwarder),
                .. clusters.Select(cluster => (string.Format(null, affinity, cluster, "Enabled"), (string?)"true")),
                .. clusters.Select(cluster => (string.Format(null, affinity, cluster, "AffinityKeyName"), (string?)".place")),
            ]);
        using var answer = await rig.Client.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.StartsWith(".place=", answer.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
    }
}
