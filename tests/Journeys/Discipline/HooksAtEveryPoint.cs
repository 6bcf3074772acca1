using System.Text.Json;

namespace Snapback.Journeys.Discipline;

/// <summary>One receiver, as Flagger's users have it, at all eight points, and what it can say.</summary>
public sealed class HooksAtEveryPoint : Journey
{
    [Fact]
    public async Task A_rollout_asks_waits_goes_on_and_is_rolled_back_by_what_its_hooks_say()
    {
        Hook confirm = Own(new Hook { Status = 403 }), alarm = Own(new Hook { Status = 403 });
        Hook smoke = Own(new Hook()), told = Own(new Hook()), deployer = Own(new Hook());
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, $$"""
            name: default
            steps: [ { weight: 10%, requests: 3 }, { weight: 50%, hold: 1h } ]
            objectives: [ { metric: success-rate, min: 99.5% } ]
            proof: off
            hooks:
              - { when: confirm-rollout, name: confirm, url: "{{confirm.Url}}", interval: 200ms }
              - { when: pre-rollout, name: warm, url: "{{smoke.Url}}", metadata: { type: bash } }
              - { name: smoke, url: "{{smoke.Url}}", retries: 2 }
              - { when: confirm-traffic-increase, name: gate, url: "{{smoke.Url}}" }
              - { when: rollback, name: alarm, url: "{{alarm.Url}}", interval: 200ms }
              - { when: post-rollout, name: report, url: "{{told.Url}}" }
            rollback: { authority: [ operator ], deadline: 5m, hooks: [ { name: scale-down, url: "{{deployer.Url}}" } ] }
            """);
        await proxy.PostAsync("start", new { version = "2" });
        var waiting = await proxy.SeeAsync("it waits to be confirmed", status => status.Phase == "Waiting" && confirm.Calls.Count > 1);
        Assert.Equal(0, waiting.Weight);
        Assert.Contains("hook confirm answered 403, ", waiting.NextGate, StringComparison.Ordinal);
        Assert.Equal("50 × stable", (await Load.SequentialAsync(proxy.Traffic, 50)).ToString());

        confirm.Status = 200;
        await proxy.SeeAsync("it starts", status => status.Weight == 10);
        await Load.SequentialAsync(proxy.Traffic, 150);
        await proxy.SeeAsync("it climbs", status => status.Weight == 50);
        Assert.Equal(["Waiting", "Waiting", "Progressing", "Progressing"], smoke.Calls.Select(call => call.GetProperty("phase").GetString()));
        Assert.Equal("bash", smoke.Calls[0].GetProperty("metadata").GetProperty("type").GetString());
        Assert.NotEmpty(alarm.Calls);

        alarm.Status = 200;
        var rolledBack = await proxy.SeeAsync("the alarm rolls back", status => status.IsRolledBack);
        Assert.Equal(("hook:alarm", 0m), (rolledBack.Rollback.Trigger, rolledBack.Weight));
        await Eventually.SeeAsync("the end is told, and the deployer may scale down", () => told.Calls.Count == 1 && deployer.Calls.Count == 1);
        Assert.Equal("Failed", Told(deployer.Calls[0], "phase"));
        Assert.Contains("by alarm", deployer.Calls[0].GetProperty("metadata").GetProperty("eventMessage").GetString(), StringComparison.Ordinal);
        Assert.Equal("50 × stable", (await Load.SequentialAsync(proxy.Traffic, 50)).ToString());

        static string? Told(JsonElement call, string key) => call.GetProperty(key).GetString();
    }
}
