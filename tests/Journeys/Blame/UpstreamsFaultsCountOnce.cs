namespace Snapback.Journeys.Blame;

/// <summary>What the canary does wrong is its failure, once: not twice by a retry, not never by a good status.</summary>
public sealed class UpstreamsFaultsCountOnce : Journey
{
    [Fact]
    public async Task Each_way_to_fail_is_exactly_one_failure()
    {
        var canary = Upstream("canary");
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, Plans.AllAtOnce);

        await AssertOneFailureAsync(proxy, canary, Behaviour.Reset, 502);
        await AssertOneFailureAsync(proxy, canary, Behaviour.Error, 500);
        await AssertOneFailureAsync(proxy, canary, Behaviour.Status600, 600);

        // The status has left before the body breaks, and says that all is well; unless the broken connection overtakes it.
        await AssertOneFailureAsync(proxy, canary, Behaviour.Truncate, 200, 0);

        await canary.DisposeAsync();
        await AssertOneFailureAsync(proxy, canary, null, 502);
    }

    private static async Task AssertOneFailureAsync(SnapbackProcess proxy, Upstream canary, Behaviour? behaviour, params int[] statuses)
    {
        var name = behaviour?.ToString() ?? "Refused";
        await proxy.PostAsync("start", new { version = name });
        var good = 0;
        if (behaviour is { } fault)
        {
            // On a connection that is in use already, where a client library is tempted to try again.
            canary.Behaviour = Behaviour.Ok;
            good = 3;
            Assert.Equal("3 × canary", (await Load.SequentialAsync(proxy.Traffic, good)).ToString());
            canary.Behaviour = fault;
        }

        Assert.Contains((await RawConnection.AskAsync(proxy.Traffic, RawConnection.Get("/"))).Status, statuses);
        var seen = await proxy.SeeAsync($"{name} has ended", seen => seen.Canary.InFlight == 0 && seen.Canary.Requests > good);
        Assert.Equal((name, 1, good + 1, 0), (name, seen.Canary.Failures, seen.Canary.Requests, seen.Canary.Neutral));

        // One is no pattern: the rollback waits for the second.
        Assert.Equal("Baking", seen.Phase);
        await proxy.PostAsync("rollback", new { reason = "the next fault" });
    }
}
