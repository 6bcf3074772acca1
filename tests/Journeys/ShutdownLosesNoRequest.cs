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
}
