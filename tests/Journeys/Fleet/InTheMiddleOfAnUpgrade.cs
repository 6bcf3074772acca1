using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Snapback.Journeys.Fleet;

/// <summary>
/// What a replica of an earlier commit left in Redis and said on the channel, recorded there, is said again to replicas of
/// this one; and what these say has all that the earlier one reads.
/// </summary>
public sealed class InTheMiddleOfAnUpgrade : FleetJourney
{
    private const string Channel = "snapback:events";
    private const string Of = "snapback:{default}:";
    private const string Recorder = "\"version\":\"0.1.0\"", Earlier = "\"version\":\"0.0.9\"";

    /// <summary>f69bdd4 puts no evidence in order and signs no commands; c3d9cda does both.</summary>
    [Theory]
    [InlineData("f69bdd4")]
    [InlineData("c3d9cda")]
    public async Task What_an_earlier_version_says_is_heard_and_what_this_one_says_has_all_that_the_earlier_one_reads(string commit)
    {
        var recorded = JsonNode.Parse(await File.ReadAllTextAsync(Recorded(commit), Ended))!;
        for (var round = 1; round <= Times; round++)
        {
            await using var redis = await RedisServer.StartAsync();
            await LeaveAsync(redis, recorded["before"]!);
            var fleet = new[] { 1, 2 }.Select(i => Launch($"r{round}-{i}", redis.Connection, Plans.StandingAt("20%"))).ToList();
            Replicas.Clear();
            Replicas.AddRange(fleet);
            await Task.WhenAll(fleet.Select(replica => replica.ReadyAsync()));
            await AllSeeAsync("what it left", status => status is { Version: "v2", Weight: 60, Fleet: { Heard: true, Replicas: 3 } } && status.IsRefused("v1"));
            Assert.Equal(5, (await fleet[1].HistoryAsync()).Count);
            var counted = (long)Inside(recorded["before"]!["evidence"]!.AsObject().First().Value!)["canaryGood"]!;
            await AllSeeAsync("what it counted", status => GoodOfCanary(status) >= counted);

            // A replica that has just started is behind until its next beat, and that stands between the names.
            await Eventually.SeeAsync(
                "who is still to come",
                () => fleet[0].CliAsync("status"),
                shown => Regex.IsMatch(shown.Output, @"old1 \(0\.0\.9\), r\d+-1 \(\d[^)]*\), r\d+-2 \("));

            await SayAsync(redis, recorded["raised"]!);
            await AllSeeAsync("it raised", status => status.Weight == 70);
            await SayAsync(redis, recorded["lowered"]!);
            await AllSeeAsync("it rolled back", status => status is { IsRolledBack: true, Fleet.Heard: true } && status.IsRefused("v2"));

            var heard = Child.Start(new ProcessStartInfo("redis-cli", ["-p", $"{redis.Port}", "SUBSCRIBE", Channel]));
            await using (heard)
            {
                await Eventually.SeeAsync("listening", () => Task.FromResult(heard.Output), text => text.Contains("subscribe", StringComparison.Ordinal));
                await fleet[0].PostAsync("start", new { version = "v3" });
                CanaryArm.Behaviour = Behaviour.Error;
                await RoundRobinAsync(200, seen => seen.Failures > 5);
                CanaryArm.Behaviour = Behaviour.Ok;
                await AllSeeAsync("rolled back", status => status.IsRolledBack && status.IsRefused("v3"));
                JsonNode First(string kind) => recorded["lowered"]!.AsArray().First(message => (string?)message!["kind"] == kind)!;
                JsonNode Last(string kind) => heard.Output.Split('\n')
                    .Where(line => line.StartsWith('{') && line.EndsWith('}'))
                    .Select(line => JsonNode.Parse(line)!)
                    .Last(message => (string?)message["kind"] == kind);
                await Eventually.SeeAsync(
                    "both kinds were said",
                    () => Task.FromResult(heard.Output),
                    text => text.Contains("\"evidence\"", StringComparison.Ordinal)
                        && text.Contains("\"RolledBack\"", StringComparison.Ordinal));
                Assert.Empty(Missing(First("document"), Last("document"), "document"));
                Assert.Empty(Missing(First("evidence"), Last("evidence"), "evidence"));
            }

            foreach (var key in new[] { "document", "replicas" })
            {
                var (old, now) = (recorded["before"]![key]!, JsonNode.Parse(await redis.AskAsync("--json", "HGETALL", Of + key))!);
                Assert.Empty(Missing(key == "document" ? old : old.AsObject().First().Value!, key == "document" ? now : now.AsObject().First().Value!, key));
            }

            // A plan of the earlier version's words is written with no others, which it would not understand.
            Assert.Equal((string?)recorded["before"]!["document"]!["plan"], await redis.AskAsync("--raw", "HGET", Of + "document", "plan"));
            await Task.WhenAll(fleet.Select(replica => replica.TerminateAsync()));
        }
    }

    /// <summary>As a newer version raises: the next revision, with something that this version has no word for.</summary>
    [Theory]
    [InlineData("status", "\"phase\":\"Progressing\"", "\"phase\":\"Dreaming\"")]
    [InlineData("plan", "{", "{\"fromTheFuture\":1,")]
    public async Task What_this_version_cannot_read_stays_as_it_is_whoever_raises_here_is_told_so_and_a_rollback_here_holds(
        string field, string known, string unknown)
    {
        const string raise = """
            local status, key = redis.call('HGET', KEYS[1], 'status'), redis.call('HGET', KEYS[1], 'key')
            local revision = string.match(status, '"revision":(%d+)') + 1
            redis.call('HSET', KEYS[1], 'status', (string.gsub(status, '"revision":%d+', '"revision":' .. revision)),
                'key', string.sub(key, 1, 22) .. string.format('%019d', revision) .. string.sub(key, 42))
            redis.call('HSET', KEYS[1], ARGV[1], (string.gsub(redis.call('HGET', KEYS[1], ARGV[1]), ARGV[2], ARGV[3], 1)))
            redis.call('HINCRBY', KEYS[1], 'writes', 1)
            """;
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 2);
        await Replicas[0].PostAsync("start", new { version = "v1" });
        await AllSeeAsync("started", status => status.Weight == 50 && status.Fleet is { Heard: true, Replicas: 2 });
        await redis.AskAsync("EVAL", raise, "1", $"{Of}document", field, known, unknown);
        await AllSeeAsync("they send everything to stable, and leave the lead", status => status.Fleet is { Newer: true, Withheld: true, Leads: false });
        foreach (var (method, command, body) in new[] { (HttpMethod.Put, "weight", (object?)new { weight = 60 }), (HttpMethod.Post, "advance", null) })
        {
            using var refused = await Replicas[0].SendAsync(method, $"api/rollouts/default/{command}", body);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Contains("written by a newer version of Snapback", await refused.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);
        }

        Assert.Contains(unknown, await redis.AskAsync("HGET", $"{Of}document", field), StringComparison.Ordinal);
        await Replicas[0].PostAsync("rollback", new { reason = "down is always possible" });
        await AllSeeAsync("rolled back", status => status.IsRolledBack);
        await redis.SeeAsync("the fleet has it", ["HGET", $"{Of}document", "status"], "\"RolledBack\"");
    }

    [Fact]
    public async Task A_replica_that_starts_and_cannot_read_a_rollout_says_so_and_takes_it_up_once_it_can()
    {
        var redis = await RedisAsync();
        await FleetAsync(redis.Connection, Plans.StandingAt("50%"), replicas: 1);
        var plan = await redis.AskAsync("HGET", $"{Of}document", "plan");
        await Replicas[0].TerminateAsync();
        await redis.AskAsync("HSET", $"{Of}document", "plan", plan.Insert(1, "\"fromTheFuture\":1,"));
        Replicas[0] = Launch("r2", redis.Connection, Plans.StandingAt("50%"));
        await Replicas[0].ReadyAsync();
        using (var unread = await Replicas[0].SendAsync(HttpMethod.Get, "api/rollouts/default"))
        {
            Assert.Contains("that this version cannot read", await unread.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);
        }

        Assert.Contains("was written by a newer version of Snapback", Replicas[0].Process.Output, StringComparison.Ordinal);

        await redis.AskAsync("HSET", $"{Of}document", "plan", plan);
        await Eventually.SeeAsync(
            "it is taken up", () => Replicas[0].Admin.GetStringAsync("api/rollouts", Ended), list => list.Contains("\"default\"", StringComparison.Ordinal));
        await Replicas[0].PostAsync("start", new { version = "v1" });
    }

    private static long GoodOfCanary(Status status) =>
        status.Json.GetProperty("fleet").GetProperty("counted").GetProperty("canary").GetProperty("good").GetInt64();

    /// <summary>As if it were there all the time, of another version, and with words of its own that nobody here knows.</summary>
    private static async Task LeaveAsync(RedisServer redis, JsonNode before)
    {
        await redis.AskAsync("SADD", "snapback:rollouts", "default");
        foreach (var (key, value) in before.AsObject())
        {
            var written = key == "evidence" ? "evidence:2" : key;
            await redis.AskAsync(value is JsonArray lines
                ? ["RPUSH", Of + written, .. lines.Select(line => (string)line!)]
                : ["HSET", Of + written, .. value!.AsObject().SelectMany(field => Field(key, field.Key, (string)field.Value!))]);
        }

        await redis.AskAsync("HSET", Of + "document", "fromTheFuture", "1");
    }

    private static string[] Field(string key, string name, string text) => key == "replicas"
        ? [name, $"9999999999999{text[text.IndexOf('|', StringComparison.Ordinal)..].Replace(Recorder, Earlier, StringComparison.Ordinal)}"]
        : [name, text];

    private static async Task SayAsync(RedisServer redis, JsonNode messages)
    {
        foreach (var message in messages.AsArray().Select(message => message!.DeepClone()))
        {
            message["fromTheFuture"] = new JsonObject { ["much"] = 1 };
            if (message["status"] is JsonObject status)
            {
                status["fromTheFuture"] = true;
            }

            await redis.AskAsync("PUBLISH", Channel, message.ToJsonString());
        }
    }

    /// <summary>What the earlier one wrote and this one does not, or as something else.</summary>
    private static IEnumerable<string> Missing(JsonNode old, JsonNode? now, string path)
    {
        (old, now) = (Inside(old), now is null ? null : Inside(now));
        if (now is null || Kind(now) != Kind(old))
        {
            return [$"{path}: {(now is null ? "nothing" : Kind(now))} where there was {Kind(old)}"];
        }

        return old is JsonObject fields
            ? fields.Where(field => field.Value is not null).SelectMany(field => now.AsObject().TryGetPropertyValue(field.Key, out var there)
                ? there is null ? [] : Missing(field.Value!, there, $"{path}.{field.Key}")
                : [$"{path}.{field.Key}: missing"])
            : [];
    }

    private static string Kind(JsonNode node) => node.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? "Boolean" : $"{node.GetValueKind()}";

    /// <summary>JSON in a string, also behind the numbers of a sign of life.</summary>
    private static JsonNode Inside(JsonNode node)
    {
        var text = node.GetValueKind() == JsonValueKind.String ? (string)node! : "";
        return text.Contains('{', StringComparison.Ordinal) && text.EndsWith('}') ? JsonNode.Parse(text[text.IndexOf('{', StringComparison.Ordinal)..])! : node;
    }

    private static string Recorded(string commit, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "Recorded", $"{commit}.json");
}
