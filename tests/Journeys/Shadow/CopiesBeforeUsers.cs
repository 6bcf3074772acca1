namespace Snapback.Journeys.Shadow;

/// <summary>The canary gets copies first and users later, or never.</summary>
public sealed class CopiesBeforeUsers : Journey
{
    private const string Plan = """
        name: default
        steps:
          - { shadow: 100%, requests: 200 }
          - { weight: 5%, hold: 1h }
        objectives: [ { metric: success-rate, min: 99.5% }, { metric: p95, max: 500ms } ]
        rollback: { authority: [ operator ], deadline: 5m }
        """;

    [Fact]
    public async Task A_canary_that_answers_its_copies_gets_users_and_one_that_fails_or_hangs_never_does()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plan);

        var started = await proxy.PostAsync("start", new { version = "2" });
        Assert.Equal((1, 0m), (started.Step, started.Weight));
        var first = await Load.SequentialAsync(proxy.Traffic, 100);
        Assert.Equal("100 × stable", first.ToString());
        // The gate is read a moment before the arms' counts.
        var waiting = await proxy.SeeAsync(
            "every copy is counted", status => status.NextGate.Contains("100 of 200 requests", StringComparison.Ordinal));
        Assert.Equal(100, waiting.Canary.Requests);
        await Load.SequentialAsync(proxy.Traffic, 100);
        var advanced = await proxy.SeeAsync("it goes up by itself", status => status is { Step: 2, Weight: 5 });
        Assert.Equal((0, 200), (advanced.Canary.Requests, canary.Requests));

        // A rollback and the next version: dead, then hanging. No user waits or sees anything of it.
        await proxy.PostAsync("rollback", new { reason = "the next one" });
        foreach (var (version, behaviour) in new[] { ("3", Behaviour.Error), ("4", Behaviour.Hang) })
        {
            canary.Behaviour = behaviour;
            await proxy.PostAsync("start", new { version });
            await using var load = Load.Start(proxy.Traffic, 50);
            var rolledBack = await proxy.SeeAsync($"version {version} is rolled back", status => status is { Phase: "RolledBack" });
            var before = canary.Requests;
            var seen = await load.StopAsync();
            Assert.Equal((seen.Total, 0), (seen["stable"], seen.Failures));
            Assert.Equal((0L, 0L), (rolledBack.Rollback.Victims, rolledBack.Rollback.CanaryAfterDecision));
            Assert.Contains($"Rolled back {version} (shadow 100% → 0%)", rolledBack.Rollback.Explanation, StringComparison.Ordinal);
            await Load.SequentialAsync(proxy.Traffic, 20);
            Assert.Equal(before, canary.Requests);
        }
    }

    [Fact]
    public async Task Two_proxies_that_shadow_to_each_other_make_no_loop()
    {
        var (here, there) = (Upstream("here"), Upstream("there"));
        var (first, second) = (FreePort.TakeUri(), FreePort.TakeUri());
        var proxies = new[] { (Stable: here, Own: first, Other: second), (Stable: there, Own: second, Other: first) };
        foreach (var (stable, own, other) in proxies)
        {
            var plan = Folder.Write("loop.yaml", Plan.Replace("requests: 200", "requests: 100000", StringComparison.Ordinal));
            var proxy = await SnapbackAsync(
                "--urls", own.ToString(), "--stable", stable.Uri.ToString(), "--canary", other.ToString(),
                "--plan", plan, "--data", Folder.At($"data-{own.Port}"));
            await proxy.PostAsync("start", new { version = "2" });
        }

        var seen = await Load.SequentialAsync(first, 10);
        Assert.Equal("10 × here", seen.ToString());
        await Eventually.SeeAsync("each request is copied once", () => Task.FromResult(there.Requests), requests => requests == 10);
        await Task.Delay(300, Ended);
        Assert.Equal((10, 10), (here.Requests, there.Requests));
    }
}
