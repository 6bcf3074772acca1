namespace Snapback.Journeys;

/// <summary>The first promise, where a client can check it: whoever has read the deciding answer is never sent to the canary.</summary>
public sealed class TheVeryNextRequestGoesToStable : Journey
{
    private const int Rounds = 300;

    [Fact]
    public async Task Asking_again_on_another_connection_at_once_never_reaches_the_canary()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        canary.Behaviour = Behaviour.Error;
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plans.AllAtOnce);
        using var one = await RawConnection.OpenAsync(proxy.Traffic);
        using var other = await RawConnection.OpenAsync(proxy.Traffic);
        var ask = RawConnection.Get("/");
        Assert.Equal("stable", (await one.ExchangeAsync(ask)).Body);
        Assert.Equal("stable", (await other.ExchangeAsync(ask)).Body);

        for (var round = 1; round <= Rounds; round++)
        {
            await (round == 1 ? proxy.PostAsync("start", new { version = "2" }) : proxy.PostAsync("retry", new { reason = $"round {round}" }));
            Assert.Equal(500, (await one.ExchangeAsync(ask)).Status);

            // The second failure of a dead canary decides; its reader asks on the other connection before anything else happens.
            var deciding = await one.ExchangeAsync(ask);
            var next = await other.ExchangeAsync(ask);
            Assert.Equal((500, "stable"), (deciding.Status, next.Body));
            Assert.Equal(2 * round, canary.Requests);
        }

        var status = await proxy.StatusAsync();
        Assert.Equal(Rounds, status.Generation);
        Assert.Equal(0, status.Rollback.CanaryAfterDecision);
    }

    [Fact]
    public async Task The_head_of_the_deciding_answer_is_enough_while_its_body_is_still_on_its_way()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        canary.Delay = TimeSpan.FromSeconds(1);
        canary.Behaviour = Behaviour.ErrorInParts;
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plans.AllAtOnce);
        await proxy.PostAsync("start", new { version = "2" });
        using var one = await RawConnection.OpenAsync(proxy.Traffic);
        using var two = await RawConnection.OpenAsync(proxy.Traffic);
        using var next = await RawConnection.OpenAsync(proxy.Traffic);

        await one.SendAsync(RawConnection.Get("/"));
        await two.SendAsync(RawConnection.Get("/"));
        Assert.Equal(500, (await one.ReadHeadAsync()).Status);
        Assert.Equal(500, (await two.ReadHeadAsync()).Status);
        Assert.Equal("stable", (await next.ExchangeAsync(RawConnection.Get("/"))).Body);

        // Otherwise the answers had ended, and this was the journey above once more.
        Assert.Equal(2, (await proxy.StatusAsync()).Rollback.InFlightAtDecision);
        Assert.Equal(2, (await proxy.StatusAsync()).Canary.InFlight);
    }
}
