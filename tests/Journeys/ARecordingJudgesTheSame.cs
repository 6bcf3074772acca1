namespace Snapback.Journeys;

/// <summary>What a rollout was rolled back for, its recording is rolled back for.</summary>
public sealed class ARecordingJudgesTheSame : Journey
{
    /// <summary>As many of them as the canary gets are enough to judge a hang by: none of their users can ask again.</summary>
    private const int AtOnce = 30;

    private const string Plan = """
        name: default
        steps: [ { weight: 50%, hold: 1h } ]
        objectives: [ { metric: success-rate, min: 99.5% }, { metric: p95, max: 200ms } ]
        rollback: { authority: [ operator ], deadline: 5m }
        """;

    [Theory]
    [InlineData("Error", "errors", "on")]
    [InlineData("Hang", "latency", "on")]
    [InlineData("Hang", "latency", "{ hedge: on }")]
    public async Task Failures_and_answers_that_never_came_count_in_it_as_they_did(string behaviour, string cause, string shield)
    {
        var canary = Upstream("canary");
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, $"{Plan}\nshield: {shield}\n");
        await proxy.PostAsync("start", new { version = "2" });
        var record = Own(Child.Start(Cli.Command(["record", "default", "--admin", proxy.AdminUri.ToString()])));
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await Eventually.SeeAsync("the canary is trusted", AskedAsync, output => output.Split("canary").Length > 10 * AtOnce);

        canary.Behaviour = Enum.Parse<Behaviour>(behaviour);
        await Eventually.SeeAsync("it is rolled back", async () => { await AskedAsync(); return await proxy.StatusAsync(); }, status => status.IsRolledBack);
        // More than one round at weight 0: the round before it, in which the canary was asked last, has ended and is recorded.
        await Eventually.SeeAsync("all that the canary got is recorded", AskedAsync, output => output.Split("\"w\":0}").Length > AtOnce + 1);
        record.Terminate();
        await record.ExitAsync();

        var log = Folder.Write("log.jsonl", record.Output);
        var replay = await Cli.RunAsync("simulate", Folder.At("plan.yaml"), "--record", log, "--json");
        Assert.Equal(0, replay.ExitCode);
        Assert.Contains($"\"trigger\": \"{cause}\"", replay.Output, StringComparison.OrdinalIgnoreCase);

        async Task<string> AskedAsync()
        {
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ => (await client.GetAsync(proxy.Traffic, Ended)).Dispose()));
            return record.Output;
        }
    }
}
