using System.Diagnostics;
using System.Text.Json;

namespace Snapback.Journeys.Drills;

/// <summary>The rollback of a plan, tried before it is needed: what is measured, what is recorded, and what a drill does not let pass.</summary>
public sealed class TheRollbackIsRehearsed : Journey
{
    private const string Plan = """
        name: default
        steps: [ { weight: 20%, hold: 10m }, { weight: 50%, hold: 10m } ]
        objectives: [ { metric: success-rate, min: 99.5% }, { metric: p95, max: 200ms } ]
        rollback: { authority: [ operator ], deadline: 1m }
        """;

    [Fact]
    public async Task All_four_faults_are_rolled_back_recorded_and_shown_and_no_user_takes_part()
    {
        var (stable, canary, told) = (Upstream("stable"), Upstream("canary"), Own(new Hook()));
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plan + $"\nhooks: [ {{ when: event, name: log, url: \"{told.Url}\" }} ]\n");
        Assert.Contains("never rehearsed", (await proxy.CliAsync("plan", "show", "default")).Output, StringComparison.Ordinal);
        foreach (var fault in new[] { "errors", "slow", "hang", "reset" })
        {
            var evidence = Folder.At($"{fault}.json");
            var drill = await proxy.CliAsync("drill", "default", "--fault", fault, "--json", evidence, "--by", "ann", "--reason", "friday");
            Assert.True(drill.ExitCode == 0, drill.Output + drill.Error);
            // Who hangs or resets answers nothing.
            Assert.Matches($@"Drill \({fault}\) passed: rolled back from 20% after \d+ bad canary requests, ", drill.Output);

            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(evidence, Ended));
            var measured = json.RootElement;
            Assert.Equal("ann", measured.GetProperty("by").GetString());
            Assert.Equal((fault, true), (measured.GetProperty("fault").GetString(), measured.GetProperty("passed").GetBoolean()));
            Assert.Equal((0, 0, 0), (Number("canaryAfterDecision"), Number("canaryLogAfterDecision"), Number("stableFailures")));
            Assert.InRange(Number("failuresToDecision"), 1, 20);
            Assert.InRange(measured.GetProperty("tookMs").GetDouble(), 0, 60_000);
            Assert.True(Number("sentAfter") > 0 && Number("sentAfter") == Number("stableAfter"), measured.GetRawText());
            Assert.Equal(64, measured.GetProperty("plan").GetString()!.Length);

            int Number(string name) => measured.GetProperty(name).GetInt32();
        }

        var lines = (await proxy.HistoryAsync()).Where(line => line.GetProperty("kind").GetString() == "drilled").ToList();
        Assert.Equal((4, "ann", "friday"), (lines.Count, lines[0].GetProperty("by").GetString(), lines[0].GetProperty("reason").GetString()));
        Assert.StartsWith("Drill (reset) passed", lines[0].GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.Contains("| Last drill | 20", (await proxy.CliAsync("plan", "show", "default")).Output, StringComparison.Ordinal);
        Assert.Contains(
            "snapback_drills_total{rollout=\"default\",fault=\"hang\",result=\"passed\"} 1",
            await proxy.MetricsAsync(),
            StringComparison.Ordinal);
        await Eventually.SeeAsync("the drills are told", () => told.Calls.Count(call => call.ToString().Contains("Drill (", StringComparison.Ordinal)) == 4);

        // The rollout itself and its arms have not seen any of it.
        Assert.Equal((0, 0), (stable.Requests, canary.Requests));
        Assert.Equal(("Idle", 0L), ((await proxy.StatusAsync()).Phase, (await proxy.StatusAsync()).Canary.Requests));
        await proxy.PostAsync("start", new { version = "v1" });
        var refused = await proxy.CliAsync("drill", "default", "--reason", "two\nlines");
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("Rehearse before the start, or after the end.", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_needs_no_directory_but_the_proxys_own_and_removes_what_a_killed_one_has_left()
    {
        var left = Directory.CreateDirectory(Folder.At("data/drill/keys"));
        var proxy = Own(SnapbackProcess.Start(
            Folder,
            ["--stable", Upstream("stable").Uri.ToString(), "--canary", Upstream("canary").Uri.ToString(), "--plan", Folder.Write("plan.yaml", Plan)],
            environment: new Dictionary<string, string> { ["TMPDIR"] = Folder.At("gone") }));
        await proxy.ReadyAsync();
        var drill = await proxy.CliAsync("drill", "default");
        Assert.True(drill.ExitCode == 0, drill.Output + drill.Error);
        Assert.False(Directory.Exists(left.Parent!.FullName));

        await File.WriteAllTextAsync(left.Parent.FullName, "in the way", Ended);
        var none = await proxy.CliAsync("drill", "default");
        Assert.NotEqual(0, none.ExitCode);
        Assert.Contains($"The drill needs room for a store of its own under '{Folder.At("data")}'", none.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a deadline that nobody can keep", "1ms", "rollback", true, "slow", "not true that within the deadline")]
    [InlineData("automatic rollback off", "1m", "rollback", false, "errors", "AUTOMATIC ROLLBACK IS OFF")]
    [InlineData("a plan that freezes", "1m", "freeze", true, "errors", "onBreach: freeze")]
    public async Task A_rollback_that_would_not_happen_in_time_fails_the_drill(
        string why, string deadline, string onBreach, bool autoRollback, string fault, string said)
    {
        var plan = Plan.Replace("deadline: 1m", $"deadline: {deadline}", StringComparison.Ordinal) + $"\nonBreach: {onBreach}\n";
        var config = Switches(("auto-rollback", autoRollback));
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, plan, "--config", config);
        var drill = await proxy.CliAsync("drill", "default", "--fault", fault);
        Assert.True(drill.ExitCode == 1, $"{why}: {drill.ExitCode} {drill.Output}{drill.Error}");
        Assert.Contains(said, drill.Output, StringComparison.Ordinal);
        Assert.Contains($"Drill ({fault}) failed", (await proxy.CliAsync("plan", "show", "default")).Output, StringComparison.Ordinal);
        Assert.Equal("drill-failed", (await proxy.HistoryAsync())[0].GetProperty("kind").GetString());
    }

    /// <summary>A filter of the operator's own is not the drill's to ask: what counts is how it left the switch.</summary>
    [Fact]
    public async Task The_twin_has_the_switches_as_the_proxy_holds_them_however_they_came_to_be_so()
    {
        var config = Switches(("auto-rollback", false));
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plan, "--config", config);
        Folder.Write(
            "switches.json",
            """
            { "feature_management": { "feature_flags": [
              { "id": "auto-rollback", "enabled": true, "conditions": { "client_filters": [ { "name": "Nobody.Knows.It" } ] } } ] } }
            """);
        await Eventually.SeeAsync("the switch cannot be read", () => proxy.Process.Output.Contains("cannot be read and stays off", StringComparison.Ordinal));
        var drill = await proxy.CliAsync("drill", "default");
        Assert.True(drill.ExitCode == 1, drill.Output + drill.Error);
        Assert.Contains("AUTOMATIC ROLLBACK IS OFF", drill.Output, StringComparison.Ordinal);
    }

    /// <summary>Users who wait less long than the limit say nothing about it, and the drill's own waited ten seconds.</summary>
    [Fact]
    public async Task A_canary_that_hangs_is_seen_at_a_limit_of_more_than_ten_seconds_too()
    {
        var plan = Plan.Replace("max: 200ms", "max: 11s", StringComparison.Ordinal) + "\nshield: off\n";
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, plan);
        var drill = await proxy.CliAsync("drill", "default", "--fault", "hang");
        Assert.True(drill.ExitCode == 0, drill.Output + drill.Error);
    }

    [Fact]
    public async Task A_proxy_that_is_told_to_end_does_not_wait_for_its_drill()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plan.Replace("max: 200ms", "max: 25s", StringComparison.Ordinal));
        var drill = proxy.SendAsync(HttpMethod.Post, "api/rollouts/default/drill", new { fault = "hang" });
        await Task.Delay(TimeSpan.FromSeconds(2), Ended);
        var since = Stopwatch.GetTimestamp();
        Assert.Equal(0, await proxy.TerminateAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        using var answer = await drill;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [Fact]
    public async Task A_fault_that_no_objective_can_see_fails_at_once_and_says_which_one_is_missing()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plans.AllAtOnce);
        var drill = await proxy.CliAsync("drill", "default", "--fault", "hang");
        Assert.Equal(1, drill.ExitCode);
        Assert.Contains("Add one such as { metric: p95, max: 400ms }", drill.Output, StringComparison.Ordinal);
        Assert.Equal(64, (await proxy.CliAsync("drill", "default", "--fault", "fire")).ExitCode);
        Assert.Equal(3, (await proxy.CliAsync("drill", "nobody")).ExitCode);
        using var invalid = await proxy.SendAsync(HttpMethod.Post, "api/rollouts/default/drill", new { fault = "fire" });
        Assert.Equal(HttpStatusCode.BadRequest, invalid.StatusCode);
        using var nobody = await proxy.SendAsync(HttpMethod.Post, "api/rollouts/default/drill", new { by = "" });
        Assert.Contains("'by' is ''; it must be a text", await nobody.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);
        Assert.Equal(0, (await proxy.CliAsync("drill", "default")).ExitCode);
    }
}
