using System.Text.Json.Nodes;

namespace Snapback.Journeys.Fleet;

/// <summary>A full disk under a store can be read: whoever looks must be told all the same that nothing is written down.</summary>
public sealed class ADiskThatIsFull : FleetJourney
{
    [Fact]
    public async Task Of_one_proxy_is_said_until_there_is_room_again()
    {
        var disk = Own(await SmallDisk.MakeAsync(Folder.At("disk")));
        var proxy = await SidecarAsync(StableArm.Uri, CanaryArm.Uri, Plans.StandingAt("50%"), "--data", Path.Combine(disk.Path, "data"));
        await proxy.PostAsync("start", new { version = "v1" });
        disk.Fill();
        Assert.Equal(3, (await proxy.CliAsync("weight", "default", "60")).ExitCode);

        // For longer than the store is asked what it has to tell, which a full disk answers.
        for (var i = 0; i < 5; i++)
        {
            Assert.Contains("database or disk is full", (await proxy.CliAsync("list")).Error, StringComparison.Ordinal);
            Assert.Contains("snapback_store_up 0", await proxy.MetricsAsync(), StringComparison.Ordinal);
            await Task.Delay(1000, Ended);
        }

        Assert.True((await proxy.PostAsync("rollback", new { reason = "it cannot wait" })).IsRolledBack);
        Assert.Contains("database or disk is full", (await proxy.CliAsync("history", "default")).Error, StringComparison.Ordinal);
        disk.Empty();
        await Eventually.SeeAsync(
            "it is written down",
            () => proxy.CliAsync("history", "default"),
            said => said.Output.Contains("it cannot wait", StringComparison.Ordinal));
        await Eventually.SeeAsync("all is well", () => proxy.CliAsync("list"), said => said.Error.Length == 0);
    }

    [Fact]
    public async Task Of_one_replica_undoes_nothing_that_the_fleet_has_taken()
    {
        var disk = Own(await SmallDisk.MakeAsync(Folder.At("r1")));
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 2);
        disk.Fill();

        var started = await Replicas[0].CliAsync("start", "default", "--version", "v1");
        Assert.Equal((0, "default: Progressing at 50% (step 1 of 2)"), (started.ExitCode, started.Output.Trim()));
        await AllSeeAsync("started", status => status.Weight == 50);
        Assert.Contains("Redis and the other replicas alone remember", (await Replicas[0].CliAsync("list")).Error, StringComparison.Ordinal);
        Assert.Empty((await Replicas[1].CliAsync("list")).Error);
        Assert.True((await Replicas[0].PostAsync("rollback", new { reason = "it cannot wait" })).IsRolledBack);
        await AllSeeAsync("rolled back", status => status.IsRolledBack);
        await Eventually.SeeAsync("a next start", () => Replicas[0].CliAsync("start", "default", "--version", "v2"), said => said.ExitCode == 0);

        disk.Empty();
        // Then its history is asked of each journal, and that there is room is seen by this.
        await redis.AskAsync("FLUSHALL");
        await Eventually.SeeAsync("the journal has caught up", () => Replicas[0].CliAsync("list"), said => said.Error.Length == 0);
        await Replicas[0].KillAsync();
        Assert.Equal(("v2", 5000), await OnDiskAsync(disk));
    }

    [Fact]
    public async Task Of_one_replica_keeps_what_it_heard_over_a_restart_and_has_it_once_there_is_room()
    {
        var disk = Own(await SmallDisk.MakeAsync(Folder.At("r1")));
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 2);
        await Replicas[1].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50);
        disk.Fill();
        Assert.True((await Replicas[1].PostAsync("rollback", new { reason = "it cannot wait" })).IsRolledBack);
        await AllSeeAsync("rolled back", status => status.IsRolledBack);
        await Eventually.SeeAsync("its journal is behind", () => Replicas[0].CliAsync("list"), said => said.Error.Length > 0);
        await Replicas[0].KillAsync();
        disk.Empty();
        Assert.Equal(("v1", 0), await OnDiskAsync(disk));

        Replicas[0] = Launch("r1", redis.Connection, Plans.StandingAt("50%"));
        await Replicas[0].ReadyAsync();
        await Replicas[0].TerminateAsync();
        File.Delete(Path.Combine(disk.Path, "snapback.untold"));
        Assert.Equal(("v1", 0), await OnDiskAsync(disk));
    }

    private static async Task<(string Version, int Weight)> OnDiskAsync(SmallDisk disk)
    {
        var export = await Cli.RunAsync("store", "export", "--data", disk.Path);
        Assert.True(export.ExitCode == 0, export.Error + export.Output);
        var status = JsonNode.Parse(export.Output)!["rollouts"]!.AsArray().Single(rollout => (string)rollout!["name"]! == "default")!["status"]!;
        return ((string)status["version"]!, (int)status["weight"]!);
    }
}
