namespace Snapback.Journeys.Discipline;

/// <summary>A step with <c>approval</c> goes up with a person's word only, and what is waited for is said.</summary>
public sealed class APersonIsAsked : Journey
{
    private const string Plan = """
        name: default
        steps:
          - { weight: 10%, requests: 3, approval: [ ann, bob ] }
          - { weight: 50%, hold: 1h, approval: true }
        objectives: [ { metric: success-rate, min: 99.5% } ]
        proof: off
        shield: off
        rollback: { authority: [ operator ], deadline: 5m }
        """;

    [Fact]
    public async Task It_waits_for_one_who_may_goes_on_with_the_reason_recorded_and_a_rejection_rolls_back()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plan);
        await proxy.PostAsync("start", new { version = "2" });
        await Load.SequentialAsync(proxy.Traffic, 150);
        var waiting = await proxy.SeeAsync("it waits", status => status.Phase == "Waiting");
        Assert.Equal((10m, "3 requests seen; approval by ann or bob; approve or reject"), (waiting.Weight, waiting.NextGate));

        Assert.Contains("only: approve it", (await Refused(proxy, "advance", "default")).Error, StringComparison.Ordinal);
        Assert.Contains("only: approve it", (await Refused(proxy, "promote", "default")).Error, StringComparison.Ordinal);
        var approvedByEve = await Refused(proxy, "approve", "default", "--by", "eve", "--reason", "please");
        Assert.Contains("'eve' may not approve", approvedByEve.Error, StringComparison.Ordinal);

        var approved = await proxy.CliAsync("approve", "default", "--by", "bob", "--reason", "the charts are fine", "--expires", "30m");
        Assert.True(approved.ExitCode == 0, approved.Error);
        await proxy.SeeAsync("it climbs", status => status is { Phase: "Progressing", Weight: 50 });

        var rejected = await proxy.CliAsync("reject", "default", "--by", "carol", "--reason", "the totals are wrong");
        Assert.True(rejected.ExitCode == 0, rejected.Error);
        var status = await proxy.StatusAsync();
        Assert.Equal(("RolledBack", 0m, "approval"), (status.Phase, status.Weight, status.Rollback.Trigger));
        Assert.Contains("by carol: the totals are wrong", status.Rollback.Explanation, StringComparison.Ordinal);

        var history = await proxy.HistoryAsync();
        Assert.Equal(
            ["planned", "started", "waiting", "approved", "advanced", "rolled-back"],
            history.Reverse().Select(line => line.GetProperty("kind").GetString()));
        Assert.StartsWith("bob approved to go on from 10%", history[2].GetProperty("sentence").GetString(), StringComparison.Ordinal);
    }

    private static async Task<Cli> Refused(SnapbackProcess proxy, params string[] args)
    {
        var run = await proxy.CliAsync(args);
        Assert.Equal(3, run.ExitCode);
        return run;
    }
}
