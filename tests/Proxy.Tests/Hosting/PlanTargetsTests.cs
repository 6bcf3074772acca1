using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Snapback.Control.Plans;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>What plans name of the reverse proxy's configuration must be there, at the start and whenever a plan is put.</summary>
public sealed class PlanTargetsTests : IDisposable
{
    private static readonly Settings AsSidecar = new() { Stable = ["http://127.0.0.1:1"], Canary = ["http://127.0.0.1:2"] };

    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void A_plan_may_name_the_sidecars_own_route()
    {
        var plan = DefaultPlan.For(Sidecar.Rollout, Sidecar.Stable, Sidecar.Canary) with { Routes = ["snapback-sidecar"] };

        Assert.Empty(PlanTargets.Missing([plan], AsSidecar, Configuration([])));
        Assert.Single(PlanTargets.Missing([plan with { Routes = ["another"] }], AsSidecar, Configuration([])));
    }

    [Fact]
    public async Task A_plan_that_is_put_is_refused_in_the_words_of_a_start_until_its_clusters_and_routes_are_there()
    {
        var configuration = Configuration(new()
        {
            ["ReverseProxy:Routes:pay:ClusterId"] = "payments",
            ["ReverseProxy:Routes:pay:Match:Path"] = "/pay",
            ["ReverseProxy:Clusters:payments:Destinations:d:Address"] = "http://127.0.0.1:1",
        });
        var settings = new Settings { Urls = "http://127.0.0.1:0", AdminUrls = "http://127.0.0.1:0", DataDirectory = _directory, Replica = "r1" };
        await using var host = await SnapbackHost.StartAsync(settings, configuration, [], Serilog.Core.Logger.None);

        var (code, answer) = await PutAsync(host);
        Assert.Equal(400, code);
        Assert.Equal(
            [
                "Rollout 'shop' canary: there is no cluster 'payments-next'. Configured are: payments. Add it under ReverseProxy:Clusters.",
                "Rollout 'shop' routes: cluster 'payments' has no route 'refund'. Its routes are: pay. Name one of them, or leave routes out for all.",
            ],
            answer.GetProperty("errors").EnumerateArray().Select(error => error.GetString()));
        Assert.Empty(host.Plane.Board.All);

        configuration["ReverseProxy:Clusters:payments-next:Destinations:d:Address"] = "http://127.0.0.1:2";
        configuration["ReverseProxy:Routes:refund:ClusterId"] = "payments";
        configuration["ReverseProxy:Routes:refund:Match:Path"] = "/refund";
        configuration.Reload();
        Assert.Equal(200, (await PutAsync(host)).Code);
    }

    private async Task<(int Code, JsonElement Answer)> PutAsync(SnapbackHost host)
    {
        var plan = new
        {
            name = "shop",
            stable = "payments",
            canary = "payments-next",
            routes = new[] { "pay", "refund" },
            objectives = new[] { new { metric = "success-rate", min = "99%" } },
            rollback = new { authority = new[] { "oncall" }, deadline = "5m" },
        };
        using var response = await _client.PutAsJsonAsync(
            new Uri(host.AdminAddress + "/api/rollouts/shop"), plan, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }

    private static IConfigurationRoot Configuration(Dictionary<string, string?> values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values).Build();
}
