using System.Text.Json;
using Snapback.Journeys.Groups;

namespace Snapback.Journeys.Fleet;

/// <summary>A group of two rollouts on two replicas, one of them with a flag: what one replica decides holds on the other.</summary>
public sealed class GroupsAndFlagsOfAFleet : Journey
{
    [Fact]
    public async Task A_breach_on_one_replica_takes_the_group_and_its_flag_down_on_the_other()
    {
        var redis = Own(await RedisServer.StartAsync());
        var (stable, cart, orders) = (Upstream("stable"), Upstream("canary"), Upstream("canary"));
        var config = Folder.Write("appsettings.json", UpTogetherDownTogether.Configuration(stable, cart, orders));
        var replicas = new[] { "r1", "r2" }.Select(name => Own(SnapbackProcess.Start(
            Folder, ["--config", config, .. AsReplica(name, redis.Connection)]))).ToArray();
        await Task.WhenAll(replicas.Select(replica => replica.ReadyAsync()));
        var (here, there) = (replicas[0], replicas[1]);

        await here.PostAsync("start", new { version = "2" }, "cart");
        await there.PostAsync("start", new { version = "2" }, "orders");
        await there.SeeAsync("the cart is known", status => status.Weight == 50, "cart");
        await here.SeeAsync("the orders are known", status => status.Weight == 50, "orders");
        Assert.Equal("SPLIT", await ReasonAsync(there));

        // The cart's evidence comes from one replica, the orders' from the other; whoever leads, they go up together.
        await Load.SequentialAsync(new Uri(here.Traffic, "/cart"), 80);
        await here.SeeAsync("the cart waits", status => status.Phase == "Waiting", "cart");
        await Load.SequentialAsync(new Uri(there.Traffic, "/orders"), 80);
        foreach (var replica in replicas)
        {
            await replica.SeeAsync("the cart is up", status => status is { Step: 2, Weight: 100 }, "cart");
            await replica.SeeAsync("the orders are up", status => status is { Step: 2, Weight: 100 }, "orders");
        }

        Assert.Equal("STATIC", await ReasonAsync(there));
        orders.Behaviour = Behaviour.Error;
        // One proxy needs three. What the other replica had good a moment ago is told late, on a busy machine so late that a
        // part of it may seem to lie between them.
        await Load.SequentialAsync(new Uri(here.Traffic, "/orders"), 4);
        Assert.Equal("group:orders", (await here.SeeAsync("the cart comes down with them", status => status.IsRolledBack, "cart")).Rollback.Trigger);
        Assert.Equal("DISABLED", await ReasonAsync(here));

        await there.SeeAsync("the orders are down", status => status.IsRolledBack, "orders");
        var record = (await there.SeeAsync("the cart is down", status => status.IsRolledBack, "cart")).Rollback;
        Assert.Equal("group:orders", record.Trigger);
        Assert.Equal("DISABLED", await ReasonAsync(there));
        Assert.Equal("20 × stable", (await Load.SequentialAsync(new Uri(there.Traffic, "/cart"), 20)).ToString());
    }

    private static async Task<string?> ReasonAsync(SnapbackProcess replica)
    {
        using var response = await replica.SendAsync(HttpMethod.Post, "ofrep/v1/evaluate/flags/checkout-v2", new { context = new { targetingKey = "user-1" } });
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ended)).RootElement.GetProperty("reason").GetString();
    }
}
