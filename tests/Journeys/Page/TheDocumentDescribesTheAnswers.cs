using System.Text.Json;

namespace Snapback.Journeys.Page;

/// <summary><c>/openapi/v1.json</c> is written by hand: what a process answers is held to what it says, by a validator of JSON Schema.</summary>
public sealed class TheDocumentDescribesTheAnswers : PageJourney
{
    private const string Rest = """
        objectives: [ { metric: success-rate, min: 99.5% }, { metric: p95, max: 5s } ]
        rollback: { authority: [ oncall-shop ], deadline: 5m }
        proof: off
        """;

    [Fact]
    public async Task Every_member_of_every_answer_stands_in_its_schema_and_no_required_one_is_missing()
    {
        var (stable, canary, broken) = (Upstream("stable"), Upstream("of another length"), Upstream("broken"));
        broken.Behaviour = Behaviour.Error;
        var shop = Folder.Write("shop.yaml", $$"""
            name: shop
            stable: shop
            canary: shop-next
            flag: shop-v2
            sticky: { by: header:X-User-Id }
            shadow: { compare: { json: {}, headers: [ content-length ] } }
            steps: [ { shadow: 100%, hold: 1ms, approval: true }, { weight: 50%, hold: 1h } ]
            {{Rest}}
            """);
        var cart = Folder.Write("cart.yaml", $$"""
            name: cart
            stable: cart
            canary: cart-next
            steps: [ { weight: 50%, hold: 1h } ]
            {{Rest}}
            """);
        object Cluster(Upstream upstream) => new { Destinations = new { a = new { Address = upstream.Uri } } };
        var config = Folder.Write("appsettings.json", JsonSerializer.Serialize(new
        {
            ReverseProxy = new
            {
                Routes = new[] { "shop", "cart" }.ToDictionary(name => name, name => new { ClusterId = name, Match = new { Path = $"/{name}" } }),
                Clusters = new Dictionary<string, object>
                {
                    ["shop"] = Cluster(stable),
                    ["shop-next"] = Cluster(canary),
                    ["cart"] = Cluster(stable),
                    ["cart-next"] = Cluster(broken),
                },
            },
        }));
        var proxy = await SnapbackAsync("--config", config, "--plan", shop, "--plan", cart);
        await using var load = Load.Start([new Uri(proxy.Traffic, "shop"), new Uri(proxy.Traffic, "cart")], 60);
        await proxy.PostAsync("start", new { version = "v2" }, "shop");
        await proxy.PostAsync("start", new { version = "v2" }, "cart");
        await proxy.SeeAsync("rolled back, and who met it is known", status => status.IsRolledBack && status.Rollback.Exposure.Requests > 0, "cart");
        await proxy.SeeAsync(
            "it waits for a person, and answers were compared",
            status => status.Phase == "Waiting" && status.Json.GetProperty("shadow").GetProperty("different").GetInt64() > 0,
            "shop");
        // The next version is given its weight and promoted, and is not to be rolled back between the two.
        broken.Behaviour = Behaviour.Ok;
        await (await TellAsync("answers", proxy, "shop", "cart")).EndsAsync();
    }

    [Fact]
    public async Task So_does_what_a_fleet_answers_and_what_is_said_without_a_token_or_while_Redis_is_silent()
    {
        const string token = "a-token-of-this-journey";
        var redis = Own(await RedisServer.StartAsync());
        var filter = Own(new RedisFilter(redis.Port));
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var plan = Folder.Write("plan.yaml", $$"""
            name: default
            steps: [ { weight: 20%, hold: 1h } ]
            {{Rest.Replace("5s } ]", "5s }, { burnRate: { objective: 99.9% } } ]", StringComparison.Ordinal)}}
            """);
        string[] args = ["--stable", stable.Uri.ToString(), "--canary", canary.Uri.ToString(), "--plan", plan];
        List<SnapbackProcess> replicas = [];
        foreach (var (name, connection) in new[] { ("r1", filter.Connection), ("r2", redis.Connection) })
        {
            replicas.Add(Own(SnapbackProcess.Start(Folder, [.. args, .. AsReplica(name, connection)], token)));
        }

        await Task.WhenAll(replicas.Select(replica => replica.ReadyAsync()));
        await replicas[1].PostAsync("start", new { version = "v1" });
        await using var load = Load.Start([replicas[0].Traffic], 60);
        await replicas[0].SeeAsync(
            "both are heard and all is counted",
            status => status.Fleet.Replicas == 2 && status.Weight == 20 && status.Canary.Requests > 0);
        filter.Await("\"reason\":\"silence\"", Mishap.Silence);
        var story = await TellAsync("fleets-answers", replicas[0], "default", token);
        await story.SaysAsync("cut off");
        filter.EndSilence();
        await story.EndsAsync();
    }
}
