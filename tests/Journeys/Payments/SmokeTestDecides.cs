namespace Snapback.Journeys.Payments;

public sealed class SmokeTestDecides : PaymentsJourney
{
    [Fact]
    public async Task A_smoke_test_that_says_500_rolls_back_although_every_response_was_good()
    {
        var hook = Own(new Hook { Status = 500 });
        var proxy = await StartedAsync(hook.Url);

        var status = await RolledBackAsync(proxy, "hook:smoke-test");
        Assert.Equal("hook", status.Rollback.Authority);
        Assert.Equal(0, status.Canary.Failures);
        Assert.Equal(1, status.Step);
        Assert.Single(hook.Calls);
        await OnlyStableAsync(proxy);
    }

    [Fact]
    public async Task A_smoke_test_that_nobody_answers_holds_the_step_and_says_so()
    {
        var hook = new Hook();
        var url = hook.Url;
        await hook.DisposeAsync();
        var proxy = await StartedAsync(url);

        await Eventually.SeeAsync(
            "the log says that the hook is waited for",
            () => proxy.Process.Output.Contains("cannot be reached", StringComparison.Ordinal));

        // Nobody's silence says anything about the canary: it neither climbs nor falls.
        var status = await proxy.StatusAsync(Rollout);
        Assert.Equal("Progressing", status.Phase);
        Assert.Equal(5, status.Weight);
        Assert.Contains("hook smoke-test", status.NextGate, StringComparison.Ordinal);
        Assert.Equal(0, status.Canary.Failures);
    }

    private async Task<SnapbackProcess> StartedAsync(Uri hook)
    {
        var stable = await NginxAsync(StableAnswer);
        var canary = await NginxAsync(CanaryAnswer);
        var proxy = await ServeAsync(stable.Uri, canary.Uri, hook);
        Own(Load.Start(proxy.Traffic, perSecond: 100));
        await proxy.PostAsync("start", new { version = "2.0" }, Rollout);
        return proxy;
    }
}
