namespace Snapback.Journeys;

/// <summary>The feature flags of Snapback, turned in its configuration file while it runs.</summary>
public sealed class SwitchesOfTheProductItself : Journey
{
    private const string Off = "AUTOMATIC ROLLBACK IS OFF";

    [Fact]
    public async Task With_auto_rollback_off_a_breach_freezes_and_only_an_operator_takes_the_canary_down()
    {
        var canary = Upstream("canary");
        var config = Switches(("auto-rollback", true));
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, Plans.AllAtOnce, "--config", config);
        await proxy.PostAsync("start", new { version = "2" });
        Assert.DoesNotContain(Off, proxy.Process.Output, StringComparison.Ordinal);

        Switches(("auto-rollback", false));
        await proxy.SeeAsync("the switch is off", status => !IsOn(status, "autoRollback"));
        await Eventually.SeeAsync("the log says so", () => proxy.Process.Output.Contains(Off, StringComparison.Ordinal));

        canary.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(proxy.Traffic, 5);
        var frozen = await proxy.StatusAsync();
        Assert.Equal(("Frozen", 100m), (frozen.Phase, frozen.Weight));
        Assert.StartsWith(Off, frozen.Explanation, StringComparison.Ordinal);
        Assert.Contains("success-rate", frozen.Explanation, StringComparison.Ordinal);
        Assert.Contains(Off, (await proxy.CliAsync("status", "default")).Output, StringComparison.Ordinal);
        Assert.Equal("10 × 500", (await Load.SequentialAsync(proxy.Traffic, 10)).ToString());

        // Nobody raises a frozen canary, and who goes down needs no switch.
        Assert.Equal(3, (await proxy.CliAsync("advance", "default")).ExitCode);
        var rollback = await proxy.CliAsync("rollback", "default", "--reason", "it is broken");
        Assert.Equal(0, rollback.ExitCode);
        Assert.Equal("10 × stable", (await Load.SequentialAsync(proxy.Traffic, 10)).ToString());

        // Back on, it protects again.
        Switches(("auto-rollback", true));
        await proxy.SeeAsync("the switch is on", status => IsOn(status, "autoRollback"));
        await proxy.PostAsync("start", new { version = "3" });
        Assert.Equal("2 × 500, 8 × stable", (await Load.SequentialAsync(proxy.Traffic, 10)).ToString());
    }

    [Fact]
    public async Task With_auto_advance_off_the_ladder_waits_for_a_hand()
    {
        var config = Switches(("auto-advance", false));
        const string ladder = """
            name: default
            steps: [ { weight: 50%, hold: 100ms }, { weight: 60%, hold: 1h } ]
            objectives: [ { metric: success-rate, min: 99.5% } ]
            rollback: { authority: [ operator ], deadline: 5m }
            """;
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, ladder, "--config", config);
        await proxy.PostAsync("start", new { version = "2" });
        await Load.SequentialAsync(proxy.Traffic, 30);

        // The sentence comes only once everything else is through: from here on, the switch alone holds it.
        var held = await proxy.SeeAsync("held by the switch", status => status.NextGate.Contains("switched off", StringComparison.Ordinal));
        Assert.Equal(1, held.Step);
        await Load.SequentialAsync(proxy.Traffic, 300);
        Assert.Equal(("Progressing", 1), ((await proxy.StatusAsync()).Phase, (await proxy.StatusAsync()).Step));

        Switches(("auto-advance", true));
        await proxy.SeeAsync("it climbs by itself again", status => status is { Step: 2, Weight: 60 });
    }

    [Fact]
    public async Task With_shield_and_overrides_off_users_see_the_canarys_failures_and_a_token_chooses_nothing()
    {
        var canary = Upstream("canary");
        var config = Switches(("shield", true), ("overrides", true));
        var plan = Plans.AllAtOnce.Replace("shield: off", "shield: on", StringComparison.Ordinal);
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, plan, "--config", config);
        await proxy.WeightAsync(0, "2");
        var token = (await proxy.CliAsync("override", "default", "--arm", "canary")).Output.Trim();
        var chosen = $"GET / HTTP/1.1\r\nHost: localhost\r\n{token}\r\n\r\n";
        Assert.Equal("canary", (await RawConnection.AskAsync(proxy.Traffic, chosen)).Body);
        Switches(("shield", true), ("overrides", false));
        await proxy.SeeAsync("overrides are off", status => !IsOn(status, "overrides"));
        Assert.Equal("stable", (await RawConnection.AskAsync(proxy.Traffic, chosen)).Body);

        canary.Behaviour = Behaviour.Error;
        await proxy.WeightAsync(100);
        Assert.Equal("10 × stable", (await Load.SequentialAsync(proxy.Traffic, 10)).ToString());
        Switches(("shield", false), ("overrides", false));
        await proxy.SeeAsync("the shield is off", status => !IsOn(status, "shield"));
        await proxy.PostAsync("start", new { version = "3" });
        Assert.Equal("2 × 500, 8 × stable", (await Load.SequentialAsync(proxy.Traffic, 10)).ToString());
        Assert.Contains("The shield is off: users see what the canary fails.", (await proxy.CliAsync("status", "default")).Output, StringComparison.Ordinal);
    }

    private static bool IsOn(Status status, string name) => status.Json.GetProperty("switches").GetProperty(name).GetBoolean();
}
