namespace Snapback.Journeys;

/// <summary>A tester with a token, as in docs/overrides.md: in before everybody, seen by no verdict, out with the version.</summary>
public sealed class TestersChooseAnArm : Journey
{
    [Fact]
    public async Task A_token_opens_the_canary_before_any_user_meets_it_and_never_what_was_rolled_back()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plans.AllAtOnce);
        var opened = await proxy.CliAsync("weight", "default", "0", "--version", "v2");
        Assert.Equal(0, opened.ExitCode);
        var made = await proxy.CliAsync("override", "default", "--arm", "canary", "--for", "8h", "--reason", "release test");
        Assert.Equal(0, made.ExitCode);
        var chosen = $"GET / HTTP/1.1\r\nHost: localhost\r\n{made.Output.Trim()}\r\n\r\n";

        // Before any user: the tester alone is on the canary, and sees all of its bugs without moving anything.
        Assert.Equal("canary", (await RawConnection.AskAsync(proxy.Traffic, chosen)).Body);
        Assert.Equal("stable", (await RawConnection.AskAsync(proxy.Traffic, RawConnection.Get("/"))).Body);
        canary.Behaviour = Behaviour.Error;
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(500, (await RawConnection.AskAsync(proxy.Traffic, chosen)).Status);
        }

        var status = await proxy.StatusAsync();
        Assert.Equal(("Progressing", 0), (status.Phase, status.Canary.Requests));
        Assert.Equal(21, status.Json.GetProperty("arms").GetProperty("canary").GetProperty("forced").GetInt64());

        // Users meet the bug: two of them, and it is gone for the tester too.
        await proxy.WeightAsync(100);
        await Load.SequentialAsync(proxy.Traffic, 3);
        var record = (await proxy.SeeAsync("the rollback", status => status.IsRolledBack)).Rollback;
        Assert.Equal((2, 0), (record.Victims, record.CanaryAfterDecision));
        var before = canary.Requests;
        Assert.Equal("stable", (await RawConnection.AskAsync(proxy.Traffic, chosen)).Body);
        Assert.Equal(before, canary.Requests);
        Assert.Equal(64, (await proxy.CliAsync("override", "default", "--arm", "both")).ExitCode);
        Assert.Equal(3, (await proxy.CliAsync("override", "default", "--for", "31d")).ExitCode);
        Assert.Equal(3, (await proxy.CliAsync("override", "nobody")).ExitCode);
    }
}
