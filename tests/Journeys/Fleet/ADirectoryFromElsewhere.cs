using System.Text.Json;

namespace Snapback.Journeys.Fleet;

/// <summary>A proxy that served alone for long is made one of a fleet, with its directory, by mistake.</summary>
public sealed class ADirectoryFromElsewhere : FleetJourney
{
    [Fact]
    public async Task It_takes_nothing_from_the_fleet_whatever_its_generation_and_loses_nothing_itself()
    {
        var alone = await SidecarAsync(StableArm.Uri, CanaryArm.Uri, Plans.StandingAt("90%"), "--data", Folder.At("r2"));
        await alone.PostAsync("start", new { version = "a" });
        await alone.PostAsync("rollback", new { reason = "of its own" });
        await alone.PostAsync("start", new { version = "b" });
        Assert.Equal(0, await alone.TerminateAsync());

        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("20%"), replicas: 1);
        await Replicas[0].PostAsync("start", new { version = "fleet's" });
        var stranger = Launch("r2", redis.Connection, Plans.StandingAt("90%"));
        await stranger.ReadyAsync();
        await stranger.SeeAsync("it is left out", status => status.Fleet is { Foreign: true, Withheld: true, Leads: false });
        Assert.Equal(("b", 90), ((await stranger.StatusAsync()).Version, (await stranger.StatusAsync()).Weight));
        Assert.Equal(["b", "a", "a", null], (await stranger.HistoryAsync()).Select(line => line.GetProperty("version").GetString()));
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal("stable", await client.GetStringAsync(stranger.Traffic, Ended));
        }

        using var refused = await stranger.SendAsync(HttpMethod.Put, "api/rollouts/default/weight", new { weight = 95 });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("another rollout of this name than the fleet", await refused.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);
        Assert.True((await stranger.PostAsync("rollback")).IsRolledBack);
        Assert.Equal(2, stranger.Process.Output.Split("Start this replica with an empty --data").Length);

        // Not even an empty Redis is its to fill.
        await redis.AskAsync("FLUSHALL");
        await Task.Delay(3000, Ended);
        var fleets = await Replicas[0].StatusAsync();
        Assert.Equal(("fleet's", 20, 1), (fleets.Version, fleets.Weight, fleets.Generation));
        Assert.Equal(0, await stranger.TerminateAsync());
        var copy = Folder.At("copy.json");
        Assert.Equal(0, (await Cli.RunAsync("store", "export", "--data", Folder.At("r2"), "-o", copy)).ExitCode);

        Directory.Delete(Folder.At("r2"), recursive: true);
        var empty = Launch("r2", redis.Connection, Plans.StandingAt("90%"));
        await empty.ReadyAsync();
        await empty.SeeAsync("it is one of them", status => status is { Version: "fleet's", Weight: 20, Fleet: { Foreign: false, Heard: true } });

        // Unless somebody says so.
        Assert.Equal(0, (await Cli.RunAsync("store", "import", copy, "--redis", redis.Connection)).ExitCode);
        await AllSeeAsync("the stranger's is the fleet's", status => status.IsRolledBack && status.IsRefused("a") && status.IsRefused("b"));
    }

    [Fact]
    public async Task What_the_fleet_has_not_and_would_share_the_routes_of_what_it_has_is_left_out()
    {
        var alone = await SidecarAsync(StableArm.Uri, CanaryArm.Uri, Plans.StandingAt("90%"), "--data", Folder.At("r2"));
        await alone.PostAsync("start", new { version = "a" });
        await alone.PostAsync("promote", new { reason = "of its own" });
        Assert.Equal(0, await alone.TerminateAsync());

        var redis = await RedisAsync();
        var pay = Plans.StandingAt("20%").Replace("name: default", "name: pay", StringComparison.Ordinal);
        Replicas.Add(Launch("r1", redis.Connection, pay));
        await Replicas[0].ReadyAsync();
        await Replicas[0].PostAsync("start", new { version = "fleet's" }, "pay");
        var stranger = Launch("r2", redis.Connection, pay);
        Replicas.Add(stranger);
        await stranger.ReadyAsync();
        await stranger.SeeAsync("it has the fleet's", status => status is { Version: "fleet's", Weight: 20, Fleet.Heard: true }, "pay");

        // Longer than anybody looks for rollouts that others have brought.
        await Task.Delay(3000, Ended);
        foreach (var replica in Replicas)
        {
            Assert.Equal(["pay"], JsonDocument.Parse(await replica.Admin.GetStringAsync("api/rollouts", Ended)).RootElement
                .EnumerateArray().Select(rollout => rollout.GetProperty("name").GetString()));
        }

        var seen = await RoundRobinAsync(200, _ => false);
        Assert.InRange(seen["canary"], 10, 90);
        var missing = await stranger.CliAsync("status", "default");
        Assert.Contains("what this replica's directory has of it is left out. Rollout 'pay' has routes", missing.Error, StringComparison.Ordinal);
        Assert.Contains("Start this replica with an empty --data", stranger.Process.Output, StringComparison.Ordinal);

        // It is still there for whoever wants it.
        Assert.Equal(0, await stranger.TerminateAsync());
        var copy = Folder.At("copy.json");
        Assert.Equal(0, (await Cli.RunAsync("store", "export", "--data", Folder.At("r2"), "-o", copy)).ExitCode);
        Assert.Contains("of its own", await File.ReadAllTextAsync(copy, Ended), StringComparison.Ordinal);
    }
}
