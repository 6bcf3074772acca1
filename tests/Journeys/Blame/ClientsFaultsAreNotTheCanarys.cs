namespace Snapback.Journeys.Blame;

/// <summary>What a client does wrong says nothing about the canary that holds all of the traffic.</summary>
public sealed class ClientsFaultsAreNotTheCanarys : Journey
{
    private const int Times = 10;

    [Fact]
    public async Task Nothing_that_clients_can_do_counts_against_a_healthy_canary()
    {
        var canary = Upstream("canary");
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, Plans.AllAtOnce);
        await proxy.PostAsync("start", new { version = "2" });

        await GiveUpAsync(proxy, canary);
        for (var i = 0; i < Times; i++)
        {
            Assert.Equal(405, (await AskAsync(proxy, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")).Status);
            Assert.Equal(200, (await AskAsync(proxy, "GET / HTTP/1.1\r\nHost: a\r\nCookie: name=J\u00fcrgen\u00ff; b=\u0080\r\n\r\n")).Status);
            Assert.Equal(431, (await AskAsync(proxy, $"GET / HTTP/1.1\r\nHost: a\r\nX-Big: {new string('x', 64 * 1024)}\r\n\r\n")).Status);
            Assert.Equal(400, (await AskAsync(proxy, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")).Status);
            Assert.Equal(400, (await AskAsync(proxy, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n")).Status);
            await CloseHalfAsync(proxy);
            await LeaveMidUploadAsync(proxy);
        }

        var status = await proxy.SeeAsync("every request has ended", status => status.Canary.InFlight == 0);
        Assert.Equal(("Baking", 100m), (status.Phase, status.Weight));
        Assert.Equal(0, status.Canary.Failures);

        // Those who gave up before an answer, and those whose upload broke, were at the canary and are counted as neither.
        Assert.True(status.Canary.Neutral >= 2 * Times, $"{status.Canary}");
        Assert.True(status.Canary.Requests >= 4 * Times, $"{status.Canary}");
        Assert.Equal("20 × canary", (await Load.SequentialAsync(proxy.Traffic, 20)).ToString());
    }

    private static Task<RawAnswer> AskAsync(SnapbackProcess proxy, string request) => RawConnection.AskAsync(proxy.Traffic, request);

    /// <summary>The client is gone while the canary still works on the answer.</summary>
    private static async Task GiveUpAsync(SnapbackProcess proxy, Upstream canary)
    {
        canary.Behaviour = Behaviour.Hang;
        for (var i = 1; i <= Times; i++)
        {
            using var client = await RawConnection.OpenAsync(proxy.Traffic);
            await client.SendAsync(RawConnection.Get("/"));
            await Eventually.SeeAsync("the request is at the canary", () => canary.Requests == i);
            client.Reset();
        }

        await proxy.SeeAsync("the proxy knows that they left", status => status.Canary is { InFlight: 0, Neutral: Times });
        canary.Behaviour = Behaviour.Ok;
    }

    /// <summary>Says all it has to say, closes its side, and reads on.</summary>
    private static async Task CloseHalfAsync(SnapbackProcess proxy)
    {
        using var client = await RawConnection.OpenAsync(proxy.Traffic);
        await client.SendAsync(RawConnection.Get("/"));
        client.CloseSending();
        await client.ReadAsync();
    }

    private static async Task LeaveMidUploadAsync(SnapbackProcess proxy)
    {
        var before = (await proxy.StatusAsync()).Canary.Requests;
        using var client = await RawConnection.OpenAsync(proxy.Traffic);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf of it");
        await proxy.SeeAsync("the upload is on its way", status => status.Canary.InFlight > 0);
        client.Reset();
        await proxy.SeeAsync("the upload has ended", status => status.Canary.InFlight == 0 && status.Canary.Requests > before);
    }
}
