using System.Diagnostics;

namespace Snapback.Journeys;

/// <summary>After a rollback: who still listens to the canary is freed after the drain time, and it is told who had met it.</summary>
public sealed class WhoMetTheBadVersion : Journey
{
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_stream_is_cut_after_the_drain_time_and_comes_back_to_stable_and_the_history_tells_of_three_users()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, """
            name: default
            sticky: { by: header:X-User }
            steps: [ { weight: 100%, bake: 1h } ]
            objectives: [ { metric: success-rate, min: 99.5% } ]
            rollback: { authority: [ operator ], deadline: 5m, drain: 1s }
            """);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Task<HttpResponseMessage> AskAsync(string user)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, proxy.Traffic) { Headers = { { "X-User", user } } };
            return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ended);
        }

        await proxy.PostAsync("start", new { version = "2" });
        canary.Behaviour = Behaviour.Stream;
        using var listening = await AskAsync("listener");
        await using var events = await listening.Content.ReadAsStreamAsync(Ended);
        await events.ReadExactlyAsync(new byte["data: canary".Length], Ended);

        // Neither of the two sees it, and yet both have met it.
        canary.Behaviour = Behaviour.Error;
        foreach (var user in (string[])["ann", "bob"])
        {
            using var answer = await AskAsync(user);
            Assert.Equal("stable", await answer.Content.ReadAsStringAsync(Ended));
        }

        Assert.True((await proxy.StatusAsync()).IsRolledBack);
        var since = Stopwatch.GetTimestamp();
        await Assert.ThrowsAnyAsync<Exception>(() => events.CopyToAsync(Stream.Null, Ended).WaitAsync(Eventually.Patience, Ended));
        Assert.InRange(Stopwatch.GetElapsedTime(since), Drain / 2, Eventually.Patience / 2);
        using var again = await AskAsync("listener");
        Assert.Equal("stable", await again.Content.ReadAsStringAsync(Ended));

        var record = (await proxy.SeeAsync("the cut stream is counted", status => status.Rollback.Exposure.Requests == 3)).Rollback;
        Assert.Equal((2L, 0L, 1L, 1L), (record.Shielded, record.Victims, record.Cut, record.Exposure.Replicas));
        var told = await Eventually.SeeAsync(
            "the history has all of it",
            async () => (await proxy.CliAsync("history", "default", "--exposure")).Output,
            text => text.Contains("     3 ", StringComparison.Ordinal));
        Assert.Matches(@"(?m)^2 .* 3 +3 +[0-9,]+ B +1\s*$", told);
        TestContext.Current.TestOutputHelper?.WriteLine(told);
    }
}
