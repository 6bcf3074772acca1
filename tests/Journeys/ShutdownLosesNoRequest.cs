using System.Diagnostics;

namespace Snapback.Journeys;

public sealed class ShutdownLosesNoRequest : Journey
{
    [Fact]
    public async Task SIGTERM_lets_the_request_in_flight_end_and_turns_new_ones_away()
    {
        var stable = Upstream("stable");
        (stable.Delay, stable.Behaviour) = (TimeSpan.FromSeconds(4), Behaviour.Slow);
        var proxy = await SidecarAsync(stable.Uri, Upstream("canary").Uri);
        using var client = await RawConnection.OpenAsync(proxy.Traffic);
        await client.SendAsync(RawConnection.Get("/"));
        await Eventually.SeeAsync("the request is at the upstream", () => stable.Requests == 1);

        var signalled = Stopwatch.GetTimestamp();
        proxy.Process.Terminate();
        var answering = client.ReadAsync();
        await Eventually.SeeAsync("not ready any more", proxy.IsReadyAsync, ready => !ready);
        Assert.False(answering.IsCompleted, "Readiness goes first, or a load balancer sends more requests into the shutdown.");

        var answer = await answering;
        Assert.Equal((200, "stable"), (answer.Status, answer.Body));
        Assert.Equal(0, await proxy.Process.ExitAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(signalled).TotalSeconds, 3, 15);
        Assert.Equal(1, stable.Requests);
    }

    [Theory]
    [InlineData("yarp")]
    [InlineData("lean")]
    public async Task SIGTERM_ends_no_connection_that_is_in_use_but_behind_an_answer_that_says_so(string forwarder)
    {
        var settings = Folder.Write("appsettings.json", $$"""{ "Snapback": { "Forwarder": "{{forwarder}}" } }""");
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, args: ["--config", settings]);
        var terminated = false;
        var clients = Enumerable.Range(0, 32).Select(async _ =>
        {
            using var client = await RawConnection.OpenAsync(proxy.Traffic);
            while (true)
            {
                var answer = await client.ExchangeAsync(RawConnection.Get("/"));
                Assert.Equal(200, answer.Status);
                if (answer.Head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase))
                {
                    Assert.True(Volatile.Read(ref terminated));
                    return;
                }

                await Task.Delay(5, Ended);
            }
        }).ToArray();
        await Task.Delay(500, Ended);
        Volatile.Write(ref terminated, true);
        Assert.Equal(0, await proxy.TerminateAsync());
        await Task.WhenAll(clients);
    }
}
