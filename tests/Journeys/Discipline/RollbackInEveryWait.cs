using System.Diagnostics;

namespace Snapback.Journeys.Discipline;

/// <summary>Whatever a rollout waits for, the rollback does not.</summary>
public sealed class RollbackInEveryWait : Journey
{
    [Theory]
    [InlineData("approval", "Waiting", "approval by somebody")]
    [InlineData("hanging hook", "Progressing", "hook slow-smoke")]
    [InlineData("paused", "Paused", "paused")]
    [InlineData("baking", "Baking", "bake 1h")]
    [InlineData("promoting", "Waiting", "hook slow-smoke asked")]
    public async Task A_canary_that_breaks_is_taken_out_and_the_next_request_goes_to_stable(string wait, string phase, string gate)
    {
        var (proxy, canary) = await WaitingAsync(wait, phase, gate);
        canary.Behaviour = Behaviour.Error;
        var seen = await Load.SequentialAsync(proxy.Traffic, 2000, counts => counts.Failures == 4);
        Assert.InRange(seen.Failures, 2, 3);
        var status = await proxy.StatusAsync();
        Assert.Equal(("RolledBack", 0m, "success-rate"), (status.Phase, status.Weight, status.Rollback.Trigger));
        Assert.Equal("200 × stable", (await Load.SequentialAsync(proxy.Traffic, 200)).ToString());
    }

    [Theory]
    [InlineData("approval", "Waiting")]
    [InlineData("hanging hook", "Progressing")]
    [InlineData("paused", "Paused")]
    [InlineData("baking", "Baking")]
    [InlineData("promoting", "Waiting")]
    [InlineData("confirming", "Waiting")]
    public async Task An_operator_rolls_back_without_waiting_for_anybody(string wait, string phase)
    {
        var (proxy, _) = await WaitingAsync(wait, phase);
        var asked = Stopwatch.GetTimestamp();
        var status = await proxy.PostAsync("rollback", new { reason = "checkout is down" });
        Assert.Equal(("RolledBack", 0m), (status.Phase, status.Weight));
        // The hook would hang for a minute; a commit to the disk of a busy machine takes a moment.
        Assert.InRange(Stopwatch.GetElapsedTime(asked).TotalSeconds, 0, 5);
        Assert.Equal("200 × stable", (await Load.SequentialAsync(proxy.Traffic, 200)).ToString());
    }

    private async Task<(SnapbackProcess Proxy, Upstream Canary)> WaitingAsync(string wait, string phase, string gate = "")
    {
        var (stable, canary, hook) = (Upstream("stable"), Upstream("canary"), Upstream("hook"));
        hook.Behaviour = Behaviour.Hang;
        var point = wait switch
        {
            "hanging hook" => "step",
            "promoting" => "confirm-promotion",
            "confirming" => "confirm-rollout",
            _ => null,
        };
        var hooks = point is null ? "" : $"hooks: [ {{ when: {point}, name: slow-smoke, url: \"{hook.Uri}\", timeout: 60s }} ]";
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plan(wait, hooks));
        await proxy.PostAsync("start", new { version = "2" });
        await Load.SequentialAsync(proxy.Traffic, 200);
        if (wait == "paused")
        {
            await proxy.PostAsync("pause");
        }

        await proxy.SeeAsync(
            wait,
            status => status.Phase == phase
                && status.NextGate.Contains(gate, StringComparison.Ordinal)
                && (point is null || hook.Requests > 0));
        return (proxy, canary);
    }

    private static string Plan(string wait, string hooks) => $$"""
        name: default
        steps: [ { {{Step(wait)}} } ]
        objectives: [ { metric: success-rate, min: 99.5% } ]
        {{hooks}}
        proof: off
        shield: off
        rollback: { authority: [ operator ], deadline: 5m }
        """;

    private static string Step(string wait) => wait switch
    {
        "baking" => "weight: 100%, bake: 1h",
        "promoting" => "weight: 100%, requests: 5",
        "paused" => "weight: 25%, hold: 1h",
        "approval" => "weight: 25%, requests: 5, approval: true",
        _ => "weight: 25%, requests: 5",
    };
}
