namespace Snapback.Journeys.Restarts;

public sealed class WhatWasDecidedSurvives : RestartJourney
{
    private const string Ladder = """
        name: default
        steps: [ { weight: 20%, hold: 100ms, requests: 5 }, { weight: 40%, hold: 1h } ]
        objectives: [ { metric: success-rate, min: 99.5% } ]
        rollback: { authority: [ operator ], deadline: 5m }
        shield: off
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Weight_0_and_the_refusal_of_the_version_are_there_after_a_restart(bool kill)
    {
        var proxy = await ServeAsync(Plans.AllAtOnce);
        CanaryArm.Behaviour = Behaviour.Error;
        await proxy.PostAsync("start", new { version = "bad" });
        await Load.SequentialAsync(proxy.Traffic, 2);
        var before = await proxy.SeeAsync("rolled back", status => status.IsRolledBack);

        // Down is memory first: what a power cut may take is the moment before the history has the line.
        await Eventually.SeeAsync("the rollback in the store", () => proxy.HistoryAsync(), lines => lines[0].GetProperty("kind").GetString() == "rolled-back");
        await EndAsync(proxy, kill);
        proxy = await ServeAsync(Plans.AllAtOnce);

        var after = await proxy.StatusAsync();
        Assert.Equal(("RolledBack", 0m, before.Generation), (after.Phase, after.Weight, after.Generation));
        Assert.Equal(before.Rollback.Explanation, after.Rollback.Explanation);
        Assert.Equal("50 × stable", (await Load.SequentialAsync(proxy.Traffic, 50)).ToString());

        var refused = await proxy.CliAsync("start", "default", "--version", "bad");
        Assert.Equal(3, refused.ExitCode);
        Assert.Equal(
            "Version 'bad' of rollout 'default' was rolled back and is refused: start a new version, or retry this one with a reason.\n",
            refused.Error);
        Assert.Equal("RolledBack", (await proxy.StatusAsync()).Phase);

        CanaryArm.Behaviour = Behaviour.Ok;
        Assert.Equal(64, (await proxy.CliAsync("retry", "default")).ExitCode);
        Assert.Equal(0, (await proxy.CliAsync("retry", "default", "--reason", "the database was down, not us")).ExitCode);
        Assert.Equal("50 × canary", (await Load.SequentialAsync(proxy.Traffic, 50)).ToString());
        Assert.Equal("the database was down, not us", (await proxy.HistoryAsync())[0].GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rollout_goes_on_at_the_weight_it_had_and_never_above(bool kill)
    {
        var proxy = await ServeAsync(Ladder);
        await proxy.PostAsync("start", new { version = "2" });
        var load = Own(Load.Start(proxy.Traffic, perSecond: 100));
        var before = await proxy.SeeAsync("step 2", status => status.Step == 2);
        await load.StopAsync();

        await EndAsync(proxy, kill);
        proxy = await ServeAsync(Ladder);
        var first = await proxy.StatusAsync();
        Assert.Equal(("Progressing", 40m, 2, before.Generation, before.Revision), (first.Phase, first.Weight, first.Step, first.Generation, first.Revision));

        // The judge is awake again: a canary that broke meanwhile is found out.
        CanaryArm.Behaviour = Behaviour.Error;
        var seen = await Load.SequentialAsync(proxy.Traffic, 1000, counts => counts.Failures == 2);
        Assert.Equal(2, seen.Failures);
        Assert.Equal("50 × stable", (await Load.SequentialAsync(proxy.Traffic, 50)).ToString());

        // No pick waits for the record; in a process that has just started it takes some milliseconds to be written.
        await proxy.SeeAsync("rolled back", status => status.IsRolledBack);
    }

    [Fact]
    public async Task A_second_proxy_on_the_same_directory_does_not_start()
    {
        var proxy = await ServeAsync(Plans.AllAtOnce);
        var second = await Cli.RunAsync(
            "serve", "--urls", $"http://127.0.0.1:{FreePort.Take()}", "--admin-urls", $"http://127.0.0.1:{FreePort.Take()}", "--data", Folder.At("data"));

        Assert.Equal(78, second.ExitCode);
        Assert.Contains("another process holds it", second.Error, StringComparison.Ordinal);
        Assert.Contains("--data DIR", second.Error, StringComparison.Ordinal);
        Assert.Equal(2, second.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.True(await proxy.IsReadyAsync());
    }
}
