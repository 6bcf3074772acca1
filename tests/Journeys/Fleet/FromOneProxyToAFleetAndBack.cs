namespace Snapback.Journeys.Fleet;

/// <summary>A service outgrows one proxy, and may shrink again: plans, refused versions and histories go with it.</summary>
public sealed class FromOneProxyToAFleetAndBack : FleetJourney
{
    [Fact]
    public async Task An_export_joined_into_Redis_and_one_of_Redis_joined_into_a_new_directory_lose_nothing()
    {
        var alone = await SidecarAsync(StableArm.Uri, CanaryArm.Uri, Plans.StandingAt("20%"));
        await alone.PostAsync("start", new { version = "bad" });
        await alone.PostAsync("rollback", new { reason = "was bad" });
        var history = await alone.HistoryAsync();
        Assert.Equal(0, await alone.TerminateAsync());

        var redis = await RedisAsync();
        var (first, second) = (Folder.At("first.json"), Folder.At("second.json"));
        Assert.Equal(0, (await Cli.RunAsync("store", "export", "--data", Folder.At("data"), "-o", first)).ExitCode);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(first) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Equal(0, (await Cli.RunAsync("store", "import", first, "--redis", redis.Connection)).ExitCode);
        await FleetAsync(redis.Connection, Plans.StandingAt("90%"), replicas: 2);
        foreach (var replica in Replicas)
        {
            var status = await replica.StatusAsync();
            Assert.True(status.IsRolledBack && status.IsRefused("bad"), status.ToString());
            Assert.Equal(history.Select(entry => entry.GetRawText()), (await replica.HistoryAsync()).Select(entry => entry.GetRawText()));
        }

        await Replicas[0].PostAsync("start", new { version = "good" });
        Assert.Equal(0, (await Cli.RunAsync("store", "export", "--redis", redis.Connection, "-o", second)).ExitCode);
        Assert.Equal(0, (await Cli.RunAsync("store", "import", second, "--data", Folder.At("new"))).ExitCode);
        Assert.Equal(1, (await Cli.RunAsync("store", "import", Folder.Write("no.json", "{}"), "--data", Folder.At("new"))).ExitCode);
        var again = await SidecarAsync(StableArm.Uri, CanaryArm.Uri, Plans.StandingAt("20%"), "--data", Folder.At("new"));
        Assert.Equal(("good", 20), ((await again.StatusAsync()).Version, (await again.StatusAsync()).Weight));
        Assert.Equal(history.Count + 1, (await again.HistoryAsync()).Count);
        Assert.Contains("was rolled back and is refused", await RefusalAsync(again), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_fleet_has_deleted_is_not_said_to_be_joined()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("20%"), replicas: 1);
        var copy = Folder.At("copy.json");
        Assert.Equal(0, (await Cli.RunAsync("store", "export", "--redis", redis.Connection, "-o", copy)).ExitCode);
        using var deleted = await Replicas[0].SendAsync(HttpMethod.Delete, "api/rollouts/default");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        var import = await Cli.RunAsync("store", "import", copy, "--redis", redis.Connection);
        Assert.Equal((1, true), (import.ExitCode, import.Output.StartsWith("0 rollouts joined", StringComparison.Ordinal)));
        Assert.Contains("The fleet has deleted 'default'", import.Error, StringComparison.Ordinal);
        Assert.Equal("0", await redis.AskAsync("EXISTS", "snapback:{default}:history"));
    }

    private static async Task<string> RefusalAsync(SnapbackProcess proxy)
    {
        await proxy.PostAsync("rollback");
        using var refused = await proxy.SendAsync(HttpMethod.Post, "api/rollouts/default/start", new { version = "bad" });
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        return await refused.Content.ReadAsStringAsync(Ended);
    }
}
