namespace Snapback.Journeys;

/// <summary>The gateway form: YARP's own section for the traffic, and the plan beside it.</summary>
public sealed class RolloutsFromAConfigurationFile : Journey
{
    [Fact]
    public async Task Both_routes_of_the_stable_cluster_are_under_the_rollout_and_another_route_is_untouched()
    {
        var (stable, canary, other) = (Upstream("stable"), Upstream("canary"), Upstream("other"));
        var proxy = await SnapbackAsync("--config", Folder.Write("appsettings.json", $$"""
            {
              "ReverseProxy": {
                "Routes": {
                  "orders": { "ClusterId": "shop", "Match": { "Path": "/orders/{**any}" } },
                  "basket": { "ClusterId": "shop", "Match": { "Path": "/basket/{**any}" } },
                  "images": { "ClusterId": "images", "Match": { "Path": "/images/{**any}" } }
                },
                "Clusters": {
                  "shop": { "Destinations": { "a": { "Address": "{{stable.Uri}}" } } },
                  "shop-next": { "Destinations": { "a": { "Address": "{{canary.Uri}}" } } },
                  "images": { "Destinations": { "a": { "Address": "{{other.Uri}}" } } }
                }
              },
              "Snapback": {
                "Rollouts": {
                  "shop": {
                    "Stable": "shop",
                    "Canary": "shop-next",
                    "Steps": [ { "Weight": "100%", "Bake": "1h" } ],
                    "Objectives": [ { "Metric": "success-rate", "Min": "99.5%" } ],
                    "Rollback": { "Authority": [ "shop-team" ], "Deadline": "5m" }
                  }
                }
              }
            }
            """));

        Assert.Equal("stable stable other", await AskAllAsync(proxy));
        await proxy.PostAsync("start", new { version = "2" }, "shop");
        Assert.Equal("canary canary other", await AskAllAsync(proxy));

        // Broken on one route, it is gone from both.
        canary.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(new Uri(proxy.Traffic, "/orders/1"), 3);
        Assert.Equal("stable stable other", await AskAllAsync(proxy));
        Assert.Equal("success-rate", (await proxy.StatusAsync("shop")).Rollback.Trigger);
        Assert.All(other.Arrivals, arrival => Assert.Equal("", arrival.Pick));
    }

    [Fact]
    public async Task The_sidecar_form_without_a_plan_has_one_rollout_called_default()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await SidecarAsync(stable.Uri, canary.Uri);

        var list = await proxy.CliAsync("list", "--json");
        Assert.Equal(0, list.ExitCode);
        var only = Assert.Single(System.Text.Json.JsonDocument.Parse(list.Output).RootElement.EnumerateArray());
        Assert.Equal("default", only.GetProperty("name").GetString());

        Assert.Equal("20 × stable", (await Load.SequentialAsync(proxy.Traffic, 20)).ToString());
        Assert.Equal(0, (await proxy.CliAsync("weight", "default", "100", "--version", "2")).ExitCode);
        Assert.Equal("20 × canary", (await Load.SequentialAsync(proxy.Traffic, 20)).ToString());
        Assert.Equal(0, (await proxy.CliAsync("rollback", "default", "--reason", "enough seen")).ExitCode);
        Assert.Equal("20 × stable", (await Load.SequentialAsync(proxy.Traffic, 20)).ToString());
        Assert.Equal("operator", (await proxy.StatusAsync()).Rollback.Authority);
    }

    private static async Task<string> AskAllAsync(SnapbackProcess proxy)
    {
        var bodies = new List<string>();
        foreach (var path in (string[])["/orders/1", "/basket/1", "/images/1"])
        {
            bodies.Add((await RawConnection.AskAsync(proxy.Traffic, RawConnection.Get(path))).Body);
        }

        return string.Join(' ', bodies);
    }
}
