namespace Snapback.Journeys.Checks;

/// <summary>The error budget as the only trigger.</summary>
public sealed class BurnRateDecides : Journey
{
    [Fact]
    public async Task The_fast_rule_rolls_back_the_slow_one_tells_and_both_arms_are_measured()
    {
        var canary = Upstream("canary");
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, """
            name: default
            steps: [ { weight: 50%, hold: 1h } ]
            shield: off
            maxRatioToStable: off
            objectives:
              - burnRate:
                  objective: 90%
                  minEvents: 30
                  rules: [ { window: 1m, factor: 1.5, onBreach: notify }, { window: 3s, relativeToStable: 5, factor: 8 } ]
            rollback: { authority: [ operator ], deadline: 5m }
            """);
        Own(Load.Start(proxy.Traffic, perSecond: 100));
        await proxy.PostAsync("start", new { version = "2.0" });
        await proxy.SeeAsync("a healthy canary stays", status => status.Canary.Requests > 100);
        Assert.Equal("Progressing", (await proxy.StatusAsync()).Phase);

        canary.Behaviour = Behaviour.Error;
        var status = await proxy.SeeAsync("rolled back", status => status.Phase == "RolledBack");
        Assert.Equal("burn-rate", status.Rollback.Trigger);
        Assert.Contains("faster than 8× the allowed speed and 5× stable's speed: over 3s:", status.Rollback.Explanation, StringComparison.Ordinal);
        Assert.InRange(status.Rollback.TookMs, 1000, 3500);
        Assert.Contains("the rule only notifies", proxy.Process.Output, StringComparison.Ordinal);

        var metrics = await proxy.MetricsAsync();
        Assert.Matches("""snapback_burn_rate\{rollout="default",arm="canary",window="3s"\} [89]""", metrics);
        Assert.Contains("""snapback_burn_rate{rollout="default",arm="stable",window="1m"} 0""", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_outage_of_both_arms_freezes_and_what_the_canary_burns_after_it_alone_rolls_back()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, """
            name: default
            steps: [ { weight: 50%, hold: 1h } ]
            shield: off
            maxRatioToStable: off
            objectives: [ { burnRate: { objective: 99%, minEvents: 30, rules: [ { window: 3s, factor: 10 } ] } } ]
            rollback: { authority: [ operator ], deadline: 5m }
            """);
        Own(Load.Start(proxy.Traffic, perSecond: 100));
        await proxy.PostAsync("start", new { version = "2.0" });
        await proxy.SeeAsync("a healthy canary stays", status => status.Canary.Requests > 100);

        // In this order: this process may stand still in between, and a canary that fails alone is rolled back.
        stable.Behaviour = Behaviour.Error;
        canary.Behaviour = Behaviour.Error;
        var frozen = await proxy.SeeAsync("nobody is blamed", status => status.Phase != "Progressing");
        Assert.Equal(("Frozen", 50m), (frozen.Phase, frozen.Weight));
        Assert.StartsWith("Stable burns it too, and the canary has no more than its share", frozen.Explanation, StringComparison.Ordinal);

        stable.Behaviour = Behaviour.Ok;
        var back = await proxy.SeeAsync("the canary burns on alone", status => status.Phase == "RolledBack");
        Assert.Equal("burn-rate", back.Rollback.Trigger);
    }

    [Theory]
    [InlineData("freeze", true, "Frozen")]
    [InlineData("notify", true, "Progressing")]
    [InlineData("rollback", false, "Frozen")]
    public async Task Where_nothing_is_pulled_a_burnt_budget_holds_and_says_so_as_the_judge_would(string onBreach, bool autoRollback, string phase)
    {
        var canary = Upstream("canary");
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, $$"""
            name: default
            steps: [ { weight: 50%, hold: 2s, requests: 50 } ]
            shield: off
            proof: off
            maxRatioToStable: off
            onBreach: {{onBreach}}
            objectives: [ { burnRate: { objective: 90%, minEvents: 30, rules: [ { window: 30s, factor: 2 } ] } } ]
            rollback: { authority: [ operator ], deadline: 5m }
            """, "--config", Switches(("auto-rollback", autoRollback)));
        await proxy.PostAsync("start", new { version = "2.0" });
        canary.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(proxy.Traffic, 200);
        await proxy.SeeAsync(
            "the step is held",
            status => (status.NextGate + status.Explanation).Contains("faster than 2× the allowed speed", StringComparison.Ordinal));
        await Load.SequentialAsync(proxy.Traffic, 100);

        // Past its hold, where it would have gone up.
        await Task.Delay(TimeSpan.FromSeconds(2.5), Ended);
        var status = await proxy.StatusAsync();
        Assert.Equal((phase, 50m), (status.Phase, status.Weight));
    }
}
