namespace Snapback.Journeys.Discipline;

/// <summary>How a rollout can end beside the judge's rollback, on real traffic.</summary>
public sealed class Ends : Journey
{
    [Fact]
    public async Task A_promotion_is_undone_by_one_verb_and_the_next_start_cools_down_first()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plan("{ weight: 100%, requests: 3 }", coolDown: ", coolDown: 10m"));
        await proxy.PostAsync("start", new { version = "2" });
        await Load.SequentialAsync(proxy.Traffic, 20);
        await proxy.SeeAsync("it is promoted", status => status.Phase == "Promoted");
        Assert.Equal("20 × canary", (await Load.SequentialAsync(proxy.Traffic, 20)).ToString());

        var undo = await proxy.CliAsync("undo", "default", "--reason", "the totals differ");
        Assert.True(undo.ExitCode == 0, undo.Error);
        Assert.Equal("50 × stable", (await Load.SequentialAsync(proxy.Traffic, 50)).ToString());
        Assert.Equal(("RolledBack", "undo"), ((await proxy.StatusAsync()).Phase, (await proxy.StatusAsync()).Rollback.Trigger));

        var again = await proxy.CliAsync("start", "default", "--version", "3");
        Assert.Equal(3, again.ExitCode);
        Assert.Contains("cools down after its rollback", again.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await proxy.CliAsync("start", "default", "--version", "3", "--reason", "the fix is in")).ExitCode);
    }

    [Fact]
    public async Task A_handback_returns_the_traffic_to_stable_once_the_hook_says_that_it_runs_the_new_version()
    {
        var deployer = Own(new Hook { Status = 403 });
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plan(
            "{ weight: 100%, requests: 3 }", $"promotion: handback\nhooks: [ {{ when: confirm-promotion, name: deployer, url: \"{deployer.Url}\", interval: 200ms }} ]"));
        await proxy.PostAsync("start", new { version = "2" });
        await Load.SequentialAsync(proxy.Traffic, 20);
        var waiting = await proxy.SeeAsync("it waits for stable to run it", status => status.Phase == "Waiting" && deployer.Calls.Count > 1);
        Assert.Equal((100m, "WaitingPromotion"), (waiting.Weight, deployer.Calls[0].GetProperty("phase").GetString()));
        Assert.Equal("20 × canary", (await Load.SequentialAsync(proxy.Traffic, 20)).ToString());

        deployer.Status = 200;
        var promoted = await proxy.SeeAsync("it is handed back", status => status.Phase == "Promoted");
        Assert.Equal((0m, "2"), (promoted.Weight, promoted.Json.GetProperty("stableVersion").GetString()));
        Assert.Equal("50 × stable", (await Load.SequentialAsync(proxy.Traffic, 50)).ToString());
        Assert.Equal(3, (await proxy.CliAsync("undo", "default")).ExitCode);
    }

    [Fact]
    public async Task A_plan_that_cannot_go_back_is_frozen_with_its_weight_and_pages()
    {
        var canary = Upstream("canary");
        var told = Own(new Hook());
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, Plan("{ weight: 50%, hold: 1h }", $"onBreach: freeze\nhooks: [ {{ when: event, name: pager, url: \"{told.Url}\" }} ]"));
        await proxy.PostAsync("start", new { version = "2" });
        canary.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(proxy.Traffic, 40);
        var frozen = await proxy.SeeAsync("it is frozen", status => status.Phase == "Frozen");
        Assert.Equal(50m, frozen.Weight);
        Assert.Contains("onBreach: freeze", frozen.Explanation, StringComparison.Ordinal);
        await Eventually.SeeAsync("somebody is paged", () => told.Calls.Any(call => call.GetProperty("metadata").GetProperty("eventType").GetString() == "Warning"));
        Assert.Equal(3, (await proxy.CliAsync("advance", "default")).ExitCode);
        Assert.Equal(0, (await proxy.CliAsync("rollback", "default")).ExitCode);
        Assert.Equal("50 × stable", (await Load.SequentialAsync(proxy.Traffic, 50)).ToString());
    }

    private static string Plan(string step, string more = "", string coolDown = "") => $$"""
        name: default
        steps: [ {{step}} ]
        objectives: [ { metric: success-rate, min: 99.5% } ]
        proof: off
        shield: off
        rollback: { authority: [ operator ], deadline: 5m{{coolDown}} }
        {{more}}
        """;
}
