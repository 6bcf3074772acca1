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

    [Fact]
    public async Task A_restart_behind_a_passed_socket_fails_no_request_of_any_client()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The socket is passed as Linux does it.");
        var passed = Own(new PassedSocket());
        string[] args = ["--stable", Upstream("stable").Uri.ToString(), "--canary", Upstream("canary").Uri.ToString()];
        var proxy = Own(SnapbackProcess.Start(Folder, args, passed: passed));
        await proxy.ReadyAsync();
        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 16).Select(one => AskOnAsync(isKept: one % 2 == 0)).ToArray();
        for (var i = 0; i < 3; i++)
        {
            await Task.Delay(300, Ended);
            Assert.Equal(0, await proxy.TerminateAsync());
            proxy = Own(SnapbackProcess.Start(Folder, args, passed: passed));
            await proxy.ReadyAsync();
        }

        await enough.CancelAsync();
        Assert.All(await Task.WhenAll(clients), answered => Assert.True(answered > 10, $"{answered}"));

        async Task<int> AskOnAsync(bool isKept)
        {
            for (var answered = 0; ;)
            {
                using var client = await RawConnection.OpenAsync(passed.Uri);
                for (var isOpen = true; isOpen; isOpen = isKept)
                {
                    var answer = await client.ExchangeAsync(RawConnection.Get("/"));
                    Assert.Equal(200, answer.Status);
                    answered++;
                    if (enough.IsCancellationRequested)
                    {
                        return answered;
                    }

                    if (answer.Head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase))
                    {
                        break;
                    }

                    await Task.Delay(5, Ended);
                }
            }
        }
    }
}
