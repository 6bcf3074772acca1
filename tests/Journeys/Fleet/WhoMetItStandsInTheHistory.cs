using System.Globalization;
using System.Text.RegularExpressions;

namespace Snapback.Journeys.Fleet;

/// <summary>The line of a rollback is written at the decision; who listened on is known only after the drain time.</summary>
public sealed class WhoMetItStandsInTheHistory : FleetJourney
{
    [Fact]
    public async Task What_the_streams_of_all_replicas_were_sent_until_they_were_cut_stands_there_when_the_next_version_has_begun()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, """
            name: default
            admission: off
            steps: [ { weight: 100%, bake: 1h } ]
            objectives: [ { metric: success-rate, min: 99.5% } ]
            rollback: { authority: [ operator ], deadline: 5m, drain: 1s }
            """, replicas: 2);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("v1 everywhere", status => status is { Weight: 100, Version: "v1" });
        CanaryArm.Behaviour = Behaviour.Stream;
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        List<Stream> streams = [];
        foreach (var replica in Replicas)
        {
            var listening = await client.GetAsync(replica.Traffic, HttpCompletionOption.ResponseHeadersRead, Ended);
            streams.Add(await listening.Content.ReadAsStreamAsync(Ended));
            await streams[^1].ReadExactlyAsync(new byte["data: canary".Length], Ended);
        }

        Assert.True((await Replicas[1].PostAsync("rollback", new { reason = "enough" })).IsRolledBack);
        await AllSeeAsync("rolled back everywhere", status => status.IsRolledBack);
        // At once: the other replica has told of no request yet.
        await Replicas[0].PostAsync("start", new { version = "v2" });
        var received = (await Task.WhenAll(streams.Select(UntilCutAsync))).Sum() + (streams.Count * "data: canary".Length);
        await AllStandsThereAsync("all of it stands there");
        await redis.AskAsync("FLUSHALL");
        await AllStandsThereAsync("and again when Redis has lost it");
        await EveryJournalHoldsAsync();

        Task AllStandsThereAsync(string what) => Eventually.SeeAsync(
            what,
            async () => (await Replicas[0].CliAsync("history", "default", "--exposure")).Output,
            text => Regex.Match(text, @"(?m)^v1 .* 2 +2 +([0-9,]+) B +2\s*$") is { Success: true } line
                && long.Parse(line.Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) >= received);
    }

    private static async Task<long> UntilCutAsync(Stream events)
    {
        var (all, some) = (0L, new byte[4096]);
        try
        {
            while (await events.ReadAsync(some, Ended) is > 0 and var read)
            {
                all += read;
            }
        }
        catch (IOException)
        {
            // Cut in the middle of its body, as it must be.
        }

        return all;
    }
}
