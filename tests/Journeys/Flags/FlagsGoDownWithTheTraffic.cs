using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Snapback.Journeys.Flags;

/// <summary>One service, one flag: the sample application behind the proxy, its new code for a quarter of the users.</summary>
public sealed class FlagsGoDownWithTheTraffic : FlagJourney
{
    private const int Users = 4096;

    [Fact]
    public async Task Proxy_application_and_served_flag_agree_on_4096_of_4096_users_and_a_rollback_leaves_nobody()
    {
        var app = FreePort.TakeUri();
        var proxy = await ProxyAsync(Plan("25%"), "--stable", app.ToString());
        var sample = Own(await Sample.StartAsync(app, FlagsUri, Token));
        Assert.Equal("DISABLED", (await EvaluateAsync("user-1")).GetProperty("reason").GetString());
        await proxy.PostAsync("start", new { version = "2" }, "payments");

        var on = new ConcurrentBag<string>();
        await EachUserAsync(Users, async user =>
        {
            if ((await EvaluateAsync(user)).GetProperty("value").GetBoolean())
            {
                on.Add(user);
            }
        });
        await Eventually.SeeAsync(
            "the application knows the flag",
            () => sample.CheckoutAsync(on.First()),
            answer => answer.StartsWith("new", StringComparison.Ordinal));
        var differ = new ConcurrentBag<string>();
        var served = on.ToHashSet();
        await EachUserAsync(Users, async user =>
        {
            var (_, answer) = await GetAsync(new Uri(proxy.Traffic, "checkout"), user);
            if (answer != (served.Contains(user) ? $"new checkout; the proxy says {Flag}=on" : $"old checkout; the proxy says {Flag}=off"))
            {
                differ.Add($"{user}: {answer}");
            }
        });
        Assert.Empty(differ);

        // A quarter, within 4 standard deviations.
        Assert.InRange(on.Count, 1024 - 111, 1024 + 111);
        var arms = await proxy.StatusAsync("payments");
        Assert.Equal((on.Count, Users - on.Count), (arms.Canary.Requests, arms.Stable.Requests));

        await RollsBackAsync(proxy, sample, on);
    }

    [Fact]
    public async Task A_split_and_its_flag_put_every_user_on_the_same_side()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await ProxyAsync(Plan("40%"), "--stable", stable.Uri.ToString(), "--canary", canary.Uri.ToString());
        await proxy.PostAsync("start", new { version = "2" }, "payments");
        var differ = new ConcurrentBag<string>();
        await EachUserAsync(400, async user =>
        {
            var (_, version) = await GetAsync(proxy.Traffic, user);
            if ((version == "canary") != (await EvaluateAsync(user)).GetProperty("value").GetBoolean())
            {
                differ.Add(user);
            }
        });
        Assert.Empty(differ);

        await proxy.PostAsync("promote", rollout: "payments");
        Assert.Equal(("STATIC", true), Told(await EvaluateAsync("anybody")));
        var refused = await proxy.CliAsync("start", "payments", "--version", "3");
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains($"Flag '{Flag}'", refused.Error, StringComparison.Ordinal);
        await proxy.PostAsync("rollback", rollout: "payments");
        Assert.Equal(("DISABLED", false), Told(await EvaluateAsync("anybody")));
    }

    [Fact]
    public async Task Applications_need_their_own_token_and_reach_no_command_with_it()
    {
        var proxy = await ProxyAsync(Plan("10%"), "--stable", Upstream("stable").Uri.ToString());
        using var without = await OfrepAsync("", new { }, token: null);
        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        using var onAdmin = await proxy.SendAsync(HttpMethod.Post, "ofrep/v1/evaluate/flags", new { });
        Assert.Equal(HttpStatusCode.OK, onAdmin.StatusCode);

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = FlagsUri };
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        foreach (var path in (string[])["api/rollouts", "api/rollouts/payments/rollback", "metrics", "healthz/live"])
        {
            using var answer = await client.PostAsync(path, null, Ended);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        using var read = await client.GetAsync(new Uri("ofrep/v1/evaluate/flags", UriKind.Relative), Ended);
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (read.StatusCode, Assert.Single(read.Content.Headers.Allow)));

        // Nor does the traffic side answer for flags.
        using var onTraffic = await client.PostAsync(new Uri(proxy.Traffic, "ofrep/v1/evaluate/flags"), null, Ended);
        Assert.Equal("stable", await onTraffic.Content.ReadAsStringAsync(Ended));
    }

    [Fact]
    public async Task A_known_answer_is_304_until_the_flag_changes()
    {
        var proxy = await ProxyAsync(Plan("10%"), "--stable", Upstream("stable").Uri.ToString());
        var everybody = new { context = new { targetingKey = "user-1" } };
        using var first = await OfrepAsync("", everybody);
        var tag = first.Headers.ETag!.ToString();
        using var second = await OfrepAsync("", everybody, ifNoneMatch: $"\"other\", {tag}");
        Assert.Equal((HttpStatusCode.NotModified, tag), (second.StatusCode, second.Headers.ETag!.ToString()));
        await proxy.WeightAsync(100, "2", "payments");
        using var third = await OfrepAsync("", everybody, ifNoneMatch: tag);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
        Assert.NotEqual(tag, third.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task Without_a_canary_and_without_a_flag_it_says_what_is_missing_and_does_not_start()
    {
        var run = await Cli.RunAsync("serve", "--stable", "http://127.0.0.1:1", "--flags-urls", "http://*:1", "--data", Folder.At("data"));
        Assert.Equal(78, run.ExitCode);
        Assert.Contains("--canary is missing", run.Error, StringComparison.Ordinal);
        Assert.Contains("--flags-urls: 'http://*:1' can be reached from other machines", run.Error, StringComparison.Ordinal);
    }

    private async Task RollsBackAsync(SnapbackProcess proxy, Sample sample, IReadOnlyCollection<string> on)
    {
        await using var stream = await StreamAsync();
        var told = Task.Run(async () =>
        {
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(Ended))
            {
                return (item.Data, At: Stopwatch.GetTimestamp());
            }

            throw new InvalidOperationException("The stream ended.");
        }, Ended);

        // Only the new checkout cannot take this; the failure is known by the time its user has it.
        long decided = 0;
        var failed = 0;
        foreach (var user in on.Take(20))
        {
            failed += (await GetAsync(new Uri(proxy.Traffic, "checkout?amount=5000"), user)).Status == HttpStatusCode.InternalServerError ? 1 : 0;
            decided = Stopwatch.GetTimestamp();
            if ((await EvaluateAsync(user)).GetProperty("reason").GetString() == "DISABLED")
            {
                break;
            }
        }

        var record = (await proxy.StatusAsync("payments")).Rollback;
        Assert.Equal(("success-rate", "judge", 0L), (record.Trigger, record.Authority, record.CanaryAfterDecision));
        var (data, at) = await told.WaitAsync(Eventually.Patience, Ended);
        Assert.Equal("refetchEvaluation", JsonDocument.Parse(data).RootElement.GetProperty("type").GetString());
        var lag = Stopwatch.GetElapsedTime(decided, at);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"Told {lag.TotalMilliseconds:0.0} ms after the answer of the deciding request; {failed} users saw it fail.");
        Assert.True(lag < TimeSpan.FromSeconds(1), $"The stream told it {lag.TotalMilliseconds} ms later.");

        foreach (var user in on.Take(200))
        {
            var (_, answer) = await GetAsync(new Uri(proxy.Traffic, "checkout"), user);
            Assert.EndsWith($"the proxy says {Flag}=off", answer, StringComparison.Ordinal);
            Assert.Equal(("DISABLED", false), Told(await EvaluateAsync(user)));
        }

        await Eventually.SeeAsync(
            "the application has it off",
            () => sample.CheckoutAsync(on.First()),
            answer => answer.StartsWith("old", StringComparison.Ordinal));
        await EachUserAsync(200, async user => Assert.StartsWith("old", await sample.CheckoutAsync(user), StringComparison.Ordinal));
    }

    private static (string?, bool) Told(JsonElement answer) => (answer.GetProperty("reason").GetString(), answer.GetProperty("value").GetBoolean());
}
