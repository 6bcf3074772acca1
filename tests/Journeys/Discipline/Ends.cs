using System.Text.Json;

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
        var proxy = await SidecarAsync(
            Upstream("stable").Uri, Upstream("canary").Uri, Plan("{ weight: 100%, requests: 3 }", Handback(deployer)));
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
    public async Task While_stable_is_renewed_for_a_handback_the_rollback_stays_armed_and_the_deployer_hears_of_it()
    {
        var (deployer, canary) = (Own(new Hook { Status = 403 }), Upstream("canary"));
        var told = $", {{ when: post-rollout, name: told, url: \"{deployer.Url}\" }}";
        var proxy = await SidecarAsync(
            Upstream("stable").Uri, canary.Uri, Plan("{ weight: 100%, requests: 3 }", Handback(deployer, told)));
        await proxy.PostAsync("start", new { version = "2" });
        await Load.SequentialAsync(proxy.Traffic, 20);
        await proxy.SeeAsync("it waits for stable to run it", status => status.Phase == "Waiting" && deployer.Calls.Count > 1);

        canary.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(proxy.Traffic, 10);
        await proxy.SeeAsync("it is rolled back", status => status.IsRolledBack);
        Assert.Equal("20 × stable", (await Load.SequentialAsync(proxy.Traffic, 20)).ToString());
        await Eventually.SeeAsync("the deployer is told", () => deployer.Calls.Any(call => call.GetProperty("phase").GetString() == "Failed"));

        // Nobody asks any more whether stable runs the version that was rolled back; a late yes promotes nothing.
        deployer.Status = 200;
        await Task.Delay(500, Ended);
        Assert.True((await proxy.StatusAsync()).IsRolledBack);
    }

    [Fact]
    public async Task A_plan_that_cannot_go_back_is_frozen_with_its_weight_and_pages()
    {
        var canary = Upstream("canary");
        var told = Own(new Hook());
        var proxy = await SidecarAsync(
            Upstream("stable").Uri, canary.Uri, Plan("{ weight: 50%, hold: 1h }", $"onBreach: freeze\n{Pager(told)}"));
        await proxy.PostAsync("start", new { version = "2" });
        canary.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(proxy.Traffic, 40);
        var frozen = await proxy.SeeAsync("it is frozen", status => status.Phase == "Frozen");
        Assert.Equal(50m, frozen.Weight);
        Assert.Contains("onBreach: freeze", frozen.Explanation, StringComparison.Ordinal);
        await Eventually.SeeAsync("somebody is paged", () => told.Calls.Any(IsWarning));
        Assert.Equal(3, (await proxy.CliAsync("advance", "default")).ExitCode);
        Assert.Equal(0, (await proxy.CliAsync("rollback", "default")).ExitCode);
        Assert.Equal("50 × stable", (await Load.SequentialAsync(proxy.Traffic, 50)).ToString());
    }

    [Fact]
    public async Task A_plan_that_only_notifies_keeps_its_weight_tells_once_and_goes_nowhere()
    {
        var canary = Upstream("canary");
        var told = Own(new Hook());
        var proxy = await SidecarAsync(
            Upstream("stable").Uri, canary.Uri, Plan("{ weight: 50%, requests: 200 }", $"onBreach: notify\n{Pager(told)}"));
        await proxy.PostAsync("start", new { version = "2" });
        canary.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(proxy.Traffic, 60);
        await Eventually.SeeAsync("somebody is told", () => told.Calls.Any(IsWarning));
        Assert.StartsWith("TOLD, AND NOT ROLLED BACK (onBreach: notify)", Message(told.Calls.Single(IsWarning)), StringComparison.Ordinal);
        Assert.DoesNotContain("Rolled back", Message(told.Calls.Single(IsWarning)), StringComparison.Ordinal);
        var counts = await Load.SequentialAsync(proxy.Traffic, 400);
        Assert.InRange(counts.Failures, 100, 300);
        var status = await proxy.StatusAsync();
        Assert.Equal((50m, 1), (status.Weight, status.Step));
        Assert.NotEqual("RolledBack", status.Phase);
        Assert.Single(told.Calls, IsWarning);
        Assert.Single((await proxy.HistoryAsync()).ToList(), line => line.GetProperty("kind").GetString() == "breached");
        Assert.Equal(0, (await proxy.CliAsync("rollback", "default")).ExitCode);
        Assert.Equal("50 × stable", (await Load.SequentialAsync(proxy.Traffic, 50)).ToString());
    }

    [Fact]
    public async Task A_rollback_that_took_longer_than_its_deadline_alerts_and_says_by_how_much()
    {
        var canary = Upstream("canary");
        var told = Own(new Hook());
        var plan = Plan("{ weight: 50%, hold: 1h }", Pager(told)).Replace("deadline: 5m", "deadline: 1s", StringComparison.Ordinal);
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, plan);
        await proxy.PostAsync("start", new { version = "2" });
        canary.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(proxy.Traffic, 100, counts => counts.Failures == 1);
        await Task.Delay(TimeSpan.FromSeconds(1.5), Ended);
        await Load.SequentialAsync(proxy.Traffic, 100, counts => counts.Failures == 4);
        await proxy.SeeAsync("it is rolled back", status => status.IsRolledBack);
        const string missed = "The rollback missed its deadline of 1s: it took ";
        await Eventually.SeeAsync(
            "the deadline is told", () => told.Calls.Any(call => Message(call).StartsWith(missed, StringComparison.Ordinal)));
        const string counted = "snapback_rollback_deadline_missed_total{rollout=\"default\"} 1";
        Assert.Contains(counted, await proxy.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_outside_the_schedule_waits_at_nothing_and_says_until_when()
    {
        // Tomorrow neither: the test may run at midnight.
        var today = TimeProvider.System.GetUtcNow().DayOfWeek;
        var tomorrow = (DayOfWeek)(((int)today + 1) % 7);
        var days = Enum.GetValues<DayOfWeek>().Except([today, tomorrow]).Select(day => day.ToString()[..3].ToLowerInvariant());
        var schedule = $"schedule: {{ timeZone: UTC, days: [ {string.Join(", ", days)} ], hours: 09:00-16:00 }}";
        var proxy = await SidecarAsync(
            Upstream("stable").Uri, Upstream("canary").Uri, Plan("{ weight: 50%, hold: 1h }", schedule));
        await proxy.PostAsync("start", new { version = "2" });
        var waiting = await proxy.SeeAsync("it waits", status => status.NextGate.Contains("outside the schedule until ", StringComparison.Ordinal));
        Assert.Equal(("Waiting", 0m), (waiting.Phase, waiting.Weight));
        Assert.Contains(" 09:00 UTC, ", waiting.NextGate, StringComparison.Ordinal);
        Assert.Equal("50 × stable", (await Load.SequentialAsync(proxy.Traffic, 50)).ToString());
        Assert.Equal("Waiting", (await proxy.StatusAsync()).Phase);
        Assert.Equal(0, (await proxy.CliAsync("rollback", "default", "--reason", "not this week")).ExitCode);
    }

    private static bool IsWarning(JsonElement call) => call.GetProperty("metadata").GetProperty("eventType").GetString() == "Warning";

    private static string Message(JsonElement call) => call.GetProperty("metadata").GetProperty("eventMessage").GetString()!;

    private static string Pager(Hook told) => $"hooks: [ {{ when: event, name: pager, url: \"{told.Url}\" }} ]";

    private static string Handback(Hook deployer, string more = "") => $$"""
        promotion: handback
        hooks: [ { when: confirm-promotion, name: deployer, url: "{{deployer.Url}}", interval: 200ms }{{more}} ]
        """;

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
