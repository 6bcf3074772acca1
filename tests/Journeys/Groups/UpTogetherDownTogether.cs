namespace Snapback.Journeys.Groups;

/// <summary>Two services of one gateway whose new versions need each other.</summary>
public sealed class UpTogetherDownTogether : Journey
{
    [Fact]
    public async Task Nobody_goes_up_before_all_may_and_one_breach_takes_all_down_at_once()
    {
        var (cart, orders) = (Upstream("canary"), Upstream("canary"));
        var stable = Upstream("stable");
        var proxy = await SnapbackAsync("--config", Folder.Write("appsettings.json", Configuration(stable, cart, orders)));

        // One may go up and waits for the other: first for its start, then for its requests.
        await proxy.PostAsync("start", new { version = "2" }, "cart");
        const string waiting = "group 'checkout' waits for orders (not started)";
        await proxy.SeeAsync(
            "the cart is ready", status => status is { Phase: "Waiting", Step: 0, Weight: 0, NextGate: waiting }, "cart");
        await proxy.PostAsync("start", new { version = "2" }, "orders");
        foreach (var member in new[] { "cart", "orders" })
        {
            await proxy.SeeAsync("both begin together", status => status is { Step: 1, Weight: 50 }, member);
        }

        await Load.SequentialAsync(new Uri(proxy.Traffic, "/cart"), 100);
        var held = await proxy.SeeAsync("the cart is ready again", status => status.Phase == "Waiting", "cart");
        Assert.Equal((1, 50m), (held.Step, held.Weight));
        Assert.EndsWith("group 'checkout' waits for orders (not ready)", held.NextGate, StringComparison.Ordinal);

        // A person moves nobody alone.
        var promote = await proxy.CliAsync("promote", "cart");
        Assert.Equal(3, promote.ExitCode);
        Assert.Contains("group 'checkout'", promote.Error, StringComparison.Ordinal);
        await Load.SequentialAsync(new Uri(proxy.Traffic, "/orders"), 60);
        await proxy.SeeAsync("the cart goes up", status => status is { Step: 2, Weight: 100 }, "cart");
        await proxy.SeeAsync("the orders go up", status => status is { Step: 2, Weight: 100 }, "orders");

        // The cart is as good as ever; the orders break. A step's first requests need two failures, those after some good ones three.
        await Load.SequentialAsync(new Uri(proxy.Traffic, "/orders"), 40);
        orders.Behaviour = Behaviour.Error;
        var seen = await Load.SequentialAsync(new Uri(proxy.Traffic, "/orders"), 10);
        Assert.Equal("3 × 500, 7 × stable", seen.ToString());
        Assert.Equal("50 × stable", (await Load.SequentialAsync(new Uri(proxy.Traffic, "/cart"), 50)).ToString());

        var (innocent, culprit) = ((await proxy.StatusAsync("cart")).Rollback, (await proxy.StatusAsync("orders")).Rollback);
        Assert.Equal(("success-rate", "judge", 0L), (culprit.Trigger, culprit.Authority, culprit.CanaryAfterDecision));
        Assert.Equal(("group:orders", "group", 0L), (innocent.Trigger, innocent.Authority, innocent.CanaryAfterDecision));
        Assert.Contains("orders was rolled back (success-rate)", innocent.Explanation, StringComparison.Ordinal);
        await proxy.SeeHistoryAsync("rolled-back", "cart");
        var kinds = (await proxy.HistoryAsync("cart")).Select(entry => entry.GetProperty("kind").GetString()).ToList();
        Assert.Equal(["rolled-back", "advanced", "ready", "advanced"], kinds.Take(4));

        // Its version is not to blame and starts again; the culprit's is refused.
        Assert.Equal(0, (await proxy.CliAsync("start", "cart", "--version", "2")).ExitCode);
        Assert.Equal(3, (await proxy.CliAsync("start", "orders", "--version", "2")).ExitCode);
    }

    /// <summary>Two services of one group; the cart has a flag.</summary>
    internal static string Configuration(Upstream stable, Upstream cart, Upstream orders) => $$"""
        {
          "ReverseProxy": {
            "Routes": {
              "cart": { "ClusterId": "cart", "Match": { "Path": "/cart" } },
              "orders": { "ClusterId": "orders", "Match": { "Path": "/orders" } }
            },
            "Clusters": {
              "cart": { "Destinations": { "a": { "Address": "{{stable.Uri}}" } } },
              "cart-next": { "Destinations": { "a": { "Address": "{{cart.Uri}}" } } },
              "orders": { "Destinations": { "a": { "Address": "{{stable.Uri}}" } } },
              "orders-next": { "Destinations": { "a": { "Address": "{{orders.Uri}}" } } }
            }
          },
          "Snapback": {
            "Rollouts": {
              "cart": {{Plan("cart", "\"Flag\": \"checkout-v2\", \"Sticky\": { \"By\": \"header:X-User-Id\" },")}},
              "orders": {{Plan("orders")}}
            }
          }
        }
        """;

    private static string Plan(string cluster, string more = "") => $$"""
        {
          "Stable": "{{cluster}}",
          "Canary": "{{cluster}}-next",
          "Group": "checkout",
          {{more}}
          "Shield": "off",
          "Proof": "off",
          "Steps": [ { "Weight": "50%", "Requests": 20 }, { "Weight": "100%", "Bake": "1h" } ],
          "Objectives": [ { "Metric": "success-rate", "Min": "99.5%" } ],
          "Rollback": { "Authority": [ "shop-team" ], "Deadline": "5m" }
        }
        """;
}
