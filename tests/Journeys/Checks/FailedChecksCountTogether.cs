namespace Snapback.Journeys.Checks;

/// <summary>Flagger's one counter, in native words: checks and hooks that fail are tolerated together.</summary>
public sealed class FailedChecksCountTogether : Journey
{
    [Fact]
    public async Task A_smoke_test_that_fails_once_is_asked_again_and_two_failed_checks_later_it_is_enough()
    {
        await using var check = new JsonAnswer("""{ "lag": 3 }""");
        var smoke = Own(new Hook { Status = 500 });
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, $$"""
            name: default
            steps: [ { weight: 50%, requests: 1 }, { weight: 100%, bake: 1h } ]
            proof: off
            objectives: [ { name: lag, web: "{{check.Url}}", jsonPath: "{$.lag}", success: "result <= 5", interval: 200ms, rule: shared } ]
            hooks: [ { when: step, name: smoke-test, url: "{{smoke.Url}}", onFailure: count, interval: 2s } ]
            failedChecks: 3
            rollback: { authority: [ operator ], deadline: 5m }
            """);
        await proxy.PostAsync("start", new { version = "2.0" });
        await Load.SequentialAsync(proxy.Traffic, 40);
        const string counted = "hook smoke-test answered 500; 1 of 3 failed checks in all";
        await proxy.SeeAsync("the no is counted", status => status.NextGate.Contains(counted, StringComparison.Ordinal));
        smoke.Status = 200;
        await proxy.SeeAsync("a yes lets it climb", status => status.Weight == 100);

        check.Body = """{ "lag": 9 }""";
        var status = await proxy.SeeAsync("two more", status => status.Phase == "RolledBack");
        Assert.Equal("lag", status.Rollback.Trigger);
        Assert.Contains("lag is 9: not result <= 5; 3 of 3 failed checks in all", status.Rollback.Explanation, StringComparison.Ordinal);
    }
}
