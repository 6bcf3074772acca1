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
        var shop = Folder.Write("shop.yaml", $"name: shop\nstable: shop\ncanary: shop-next\nflag: shop-v2\nsticky: {{ by: header:X-User-Id }}\nshadow: {{ compare: {{ json: {{}}, headers: [ content-length ] }} }}\n"
            + $"steps: [ {{ shadow: 100%, hold: 1ms, approval: true }}, {{ weight: 50%, hold: 1h }} ]\n{Rest}\n");
        var cart = Folder.Write("cart.yaml", $"name: cart\nstable: cart\ncanary: cart-next\nsteps: [ {{ weight: 50%, hold: 1h }} ]\n{Rest}\n");
        object Cluster(Upstream upstream) => new { Destinations = new { a = new { Address = upstream.Uri } } };
        var config = Folder.Write("appsettings.json", System.Text.Json.JsonSerializer.Serialize(new
        {
            ReverseProxy = new
            {
                Routes = new[] { "shop", "cart" }.ToDictionary(name => name, name => new { ClusterId = name, Match = new { Path = $"/{name}" } }),
                Clusters = new Dictionary<string, object> { ["shop"] = Cluster(stable), ["shop-next"] = Cluster(canary), ["cart"] = Cluster(stable), ["cart-next"] = Cluster(broken) },
            },
        }));
        var proxy = await SnapbackAsync("--config", config, "--plan", shop, "--plan", cart);
        await using var load = Load.Start([new Uri(proxy.Traffic, "shop"), new Uri(proxy.Traffic, "cart")], 60);
        await proxy.PostAsync("start", new { version = "v2" }, "shop");
        await proxy.PostAsync("start", new { version = "v2" }, "cart");
        await proxy.SeeAsync("rolled back, and who met it is known", status => status.IsRolledBack && status.Rollback.Exposure.Requests > 0, "cart");
        await proxy.SeeAsync("it waits for a person, and answers were compared", status => status.Phase == "Waiting" && status.Json.GetProperty("shadow").GetProperty("different").GetInt64() > 0, "shop");
        // The next version is given its weight and promoted, and is not to be rolled back between the two.
        broken.Behaviour = Behaviour.Ok;
        await (await TellAsync("answers", proxy, "shop", "cart")).EndsAsync();
    }
}
