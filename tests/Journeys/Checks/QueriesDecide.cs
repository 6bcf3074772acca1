namespace Snapback.Journeys.Checks;

/// <summary>Objectives that somebody else measures.</summary>
public sealed class QueriesDecide : Journey
{
    [Fact]
    public async Task A_Prometheus_that_is_away_holds_the_step_one_that_answers_lets_it_go_and_a_bad_answer_rolls_back()
    {
        var prometheus = Own(new Prometheus());
        var canary = Upstream("canary");
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, $$"""
            name: default
            steps: [ { weight: 50%, hold: 300ms }, { weight: 80%, hold: 1h } ]
            shield: off
            maxRatioToStable: off
            objectives:
              - name: error-rate
                query: >-
                  sum(rate(http_requests_total{arm="canary",status=~"5.."}[3s])) / sum(rate(http_requests_total{arm="canary"}[3s]))
                address: {{prometheus.Uri}}
                max: 0.005
                interval: 500ms
                rule: 2 consecutive
            rollback: { authority: [ operator ], deadline: 5m }
            """);
        Own(Load.Start(proxy.Traffic, perSecond: 100));
        await proxy.PostAsync("start", new { version = "2.0" });

        // Nobody's silence says anything about the canary.
        var held = await proxy.SeeAsync("the gate says who is away", status => status.NextGate.Contains("cannot be reached", StringComparison.Ordinal));
        Assert.Equal(("Progressing", 50m), (held.Phase, held.Weight));
        await Eventually.SeeAsync("it is logged", () => proxy.Process.Output.Contains("says nothing about the canary", StringComparison.Ordinal));

        await prometheus.StartAsync(proxy.AdminUri);
        await proxy.SeeAsync("a good answer opens the gate", status => status is { Phase: "Progressing", Weight: 80 }, within: TimeSpan.FromSeconds(30));

        canary.Behaviour = Behaviour.Error;
        var status = await proxy.SeeAsync("two bad answers in a row roll back", status => status.Phase == "RolledBack", within: TimeSpan.FromSeconds(30));
        Assert.Equal("error-rate", status.Rollback.Trigger);
        Assert.Contains("allowed: at most 0.005", status.Rollback.Explanation, StringComparison.Ordinal);
        Assert.Contains("2 of 2 failed checks in a row", status.Rollback.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_web_check_with_a_path_is_counted_by_its_rule()
    {
        await using var check = new JsonAnswer("""{ "queue": { "lag": [ 3 ] } }""");
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, $$"""
            name: default
            steps: [ { weight: 50%, hold: 1h } ]
            objectives:
              - { name: lag, web: "{{check.Url}}", jsonPath: "{$.queue.lag[0]}", success: "result <= 5", interval: 200ms, rule: 3 cumulative }
            rollback: { authority: [ operator ], deadline: 5m }
            """);
        await proxy.PostAsync("start", new { version = "2.0" });
        await Eventually.SeeAsync("it is asked", () => check.Asked >= 3);
        Assert.Equal("Progressing", (await proxy.StatusAsync()).Phase);

        check.Body = """{ "queue": { "lag": [ 9 ] } }""";
        var status = await proxy.SeeAsync("three bad answers", status => status.Phase == "RolledBack");
        Assert.Equal("lag", status.Rollback.Trigger);
        Assert.Contains("lag is 9: not result <= 5; 3 of 3 failed checks in all", status.Rollback.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_from_0_keeps_users_from_a_version_that_has_not_passed_it()
    {
        await using var check = new JsonAnswer("starting");
        await using var later = new JsonAnswer("""{ "ready": "no" }""");
        var canary = Upstream("canary");
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, $$"""
            name: default
            steps: [ { weight: 100%, bake: 1h } ]
            objectives:
              - { name: smoke, web: "{{check.Url}}", jsonPath: "{$.ready}", success: "result == 'yes'", interval: 200ms, count: 2, from: 0 }
              - { name: users, web: "{{later.Url}}", jsonPath: "{$.ready}", success: "result == 'yes'", interval: 200ms }
            rollback: { authority: [ operator ], deadline: 5m }
            """);
        Own(Load.Start(proxy.Traffic, perSecond: 50));
        await proxy.PostAsync("start", new { version = "1.9" });
        var status = await proxy.SeeAsync("it waits for the answer", status => status.NextGate.StartsWith("smoke", StringComparison.Ordinal));
        Assert.Equal(("Waiting", 0m), (status.Phase, status.Weight));

        check.Body = """{ "ready": "no" }""";
        status = await proxy.SeeAsync("a bad one ends it", status => status.Phase == "RolledBack");
        Assert.Equal(("smoke", 0), (status.Rollback.Trigger, canary.Requests));

        // Nor is what belongs to the first step asked before it.
        Assert.Equal(0, later.Asked);
        check.Body = """{ "ready": "yes" }""";
        later.Body = """{ "ready": "yes" }""";
        await proxy.PostAsync("start", new { version = "2.0" });
        await proxy.SeeAsync("good ones let it begin", status => status is { Phase: "Baking", Weight: 100 });
        await Eventually.SeeAsync("then the other is asked", () => later.Asked > 0);
    }

    [Theory]
    [InlineData("freeze", true, "Frozen", "FROZEN, AND NOT ROLLED BACK (onBreach: freeze): the canary broke lag")]
    [InlineData("notify", true, "Progressing", "TOLD, AND NOT ROLLED BACK (onBreach: notify): the canary broke lag")]
    [InlineData("rollback", false, "Frozen", "AUTOMATIC ROLLBACK IS OFF: the canary broke lag")]
    public async Task Where_nothing_is_pulled_a_broken_check_holds_and_tells_as_the_judge_would(string onBreach, bool autoRollback, string phase, string said)
    {
        await using var check = new JsonAnswer("""{ "lag": 9 }""");
        var told = Own(new Hook());
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, $$"""
            name: default
            steps: [ { weight: 50%, requests: 1 } ]
            proof: off
            onBreach: {{onBreach}}
            objectives: [ { name: lag, web: "{{check.Url}}", jsonPath: "{$.lag}", success: "result <= 5", interval: 200ms, rule: 2 cumulative } ]
            hooks: [ { when: event, name: pager, url: "{{told.Url}}" } ]
            rollback: { authority: [ operator ], deadline: 5m }
            """, "--config", Switches(("auto-rollback", autoRollback)));
        await proxy.PostAsync("start", new { version = "2.0" });
        await Load.SequentialAsync(proxy.Traffic, 40);
        await Eventually.SeeAsync("somebody is told", () => told.Calls.Any(call => call.ToString().Contains(said, StringComparison.Ordinal)));
        var asked = check.Asked;
        await Eventually.SeeAsync("it is asked again", () => check.Asked >= asked + 3);
        var status = await proxy.StatusAsync();
        Assert.Equal((phase, 50m), (status.Phase, status.Weight));
        Assert.Contains("lag is 9", status.NextGate + status.Explanation, StringComparison.Ordinal);
        Assert.Single(told.Calls, call => call.ToString().Contains("2 of 2 failed checks in all", StringComparison.Ordinal));
        Assert.True((await proxy.PostAsync("rollback", new { reason = "enough" })).IsRolledBack);
    }
}
