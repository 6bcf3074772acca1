namespace Snapback.Journeys.Telling;

/// <summary>Between the rollback and the call that tells of it the process is killed, and whoever was to hear of it does.</summary>
public sealed class NothingIsForgotten : Journey
{
    [Fact]
    public async Task A_rollback_of_a_process_that_was_killed_is_told_after_the_next_start()
    {
        var (people, deployer) = (FreePort.TakeUri(), FreePort.TakeUri());
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var hooks = $$"""deadline: 5m, hooks: [ { url: "{{deployer}}", retries: 5 } ]""";
        var plan = $$"""
            {{Plans.AllAtOnce.Replace("deadline: 5m", hooks, StringComparison.Ordinal)}}
            notifications: [ { format: cloudevents, url: "{{people}}", severity: error } ]
            """;
        var killed = await SidecarAsync(stable.Uri, canary.Uri, plan);
        await killed.PostAsync("start", new { version = "v1" });
        canary.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(killed.Traffic, 5);
        var id = (await killed.SeeHistoryAsync("rolled-back")).GetProperty("id").GetString();

        // Nobody listens where it tells yet: it is killed between two attempts.
        await killed.KillAsync();
        Hook told = Own(new Hook(people)), scaled = Own(new Hook(deployer));
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, plan);
        await Eventually.SeeAsync("both are told", () => (told.Calls.Count, scaled.Calls.Count) == (1, 1));
        Assert.Equal(id, told.Calls[0].GetProperty("id").GetString());
        Assert.Equal(id, scaled.Calls[0].GetProperty("metadata").GetProperty("eventId").GetString());
        Assert.Contains("Rolled back v1", told.Calls[0].GetProperty("data").GetProperty("why").GetString(), StringComparison.Ordinal);

        // And the one after that has nothing left to tell.
        await proxy.TerminateAsync();
        await SidecarAsync(stable.Uri, canary.Uri, plan);
        await Task.Delay(TimeSpan.FromSeconds(1), Ended);
        Assert.Equal((1, 1), (told.Calls.Count, scaled.Calls.Count));
    }
}
