namespace Snapback.Journeys.Fleet;

/// <summary>A replica on a new machine, with an empty directory and no plan of its own, while Redis is away.</summary>
public sealed class AReplicaThatHasHeardNobodyYet : FleetJourney
{
    [Fact]
    public async Task It_does_not_say_that_there_are_no_rollouts_until_it_has_asked()
    {
        var redis = await RedisAsync();
        var config = Folder.Write("appsettings.json", Configuration());
        var first = Own(SnapbackProcess.Start(Folder, ["--config", config, .. AsReplica("r1", redis.Connection)]));
        await first.ReadyAsync();
        var plan = Plans.StandingAt("50%").Replace("name: default", "name: pay\nstable: old\ncanary: new", StringComparison.Ordinal);
        Assert.Equal(0, (await first.CliAsync("apply", Folder.Write("pay.yaml", plan))).ExitCode);
        await first.PostAsync("start", new { version = "v2" }, "pay");

        redis.Process.Freeze();
        var second = Own(SnapbackProcess.Start(Folder, ["--config", config, .. AsReplica("r2", redis.Connection)]));
        await second.ReadyAsync();
        foreach (var look in new[] { "list", "status", "events" })
        {
            var looked = await second.CliAsync(look);
            Assert.Equal((3, ""), (looked.ExitCode, looked.Output));
            Assert.StartsWith("Which rollouts there are is not known here", looked.Error, StringComparison.Ordinal);
        }

        foreach (var call in new[] { "status pay", "history pay", "rollback pay", "start pay --version v3", "weight pay", "drill pay" })
        {
            var called = await second.CliAsync(call.Split(' '));
            Assert.Equal(3, called.ExitCode);
            Assert.StartsWith("Whether there is a rollout 'pay' is not known here", called.Error, StringComparison.Ordinal);
        }

        using var asked = await second.Admin.GetAsync("api/rollouts/pay", Ended);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, asked.StatusCode);
        redis.Process.Thaw();
        await Eventually.SeeAsync("it has the fleet's", () => second.CliAsync("list"), list => list.Output.Contains("pay", StringComparison.Ordinal));
        var none = await second.CliAsync("status", "other");
        Assert.StartsWith("There is no rollout 'other'. Name one of these: pay.", none.Error, StringComparison.Ordinal);
    }

    private string Configuration() => $$"""
        {
          "ReverseProxy": {
            "Routes": { "all": { "ClusterId": "old", "Match": { "Path": "/{**rest}" } } },
            "Clusters": {
              "old": { "Destinations": { "a": { "Address": "{{StableArm.Uri}}" } } },
              "new": { "Destinations": { "a": { "Address": "{{CanaryArm.Uri}}" } } }
            }
          }
        }
        """;
}
