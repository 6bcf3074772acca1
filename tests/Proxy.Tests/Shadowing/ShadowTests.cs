using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Commands;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Shadowing;

/// <summary>A step in which the canary gets copies and no user, on real sockets.</summary>
public sealed class ShadowTests
{
    private static readonly Step Copies = new(Weight.Zero, TimeSpan.Zero, 1) { Shadow = Weight.Full };

    private static readonly RolloutPlan Plan = ProxyRig.Plan with
    {
        Steps =
        [
            Copies with { Requests = 1_000_000 },
            new Step(new Weight(500), TimeSpan.FromHours(1), 1),
            new Step(Weight.Full, TimeSpan.FromHours(1), 1)
        ],
        Shadow = ShadowTerms.Default,
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Users_are_answered_by_stable_and_the_canary_is_judged_by_copies()
    {
        await using var rig = await StartAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal((200, "stable"), await rig.GetAsync($"/item/{i}?q=a%2Fb"));
        }

        await AnsweredAsync(rig, 20);
        Assert.Equal((20L, 20L, 0L), (rig.CanaryStats.Successes, rig.Generation.Stable.Successes, rig.Generation.Copies[ShadowEvent.Dropped]));
        Assert.Equal(20, rig.CanaryStats.Latency.Count);
        Assert.Equal(Weight.Zero, rig.Status.Weight);
        Assert.Null(rig.Generation.Exposure.Of(Moment.Now(TimeProvider.System)));
        var ofUsers = 0L;
        rig.Live.CanaryTraffic.Each((_, _, count) => ofUsers += count);
        Assert.Equal(0, ofUsers);
    }

    [Fact]
    public async Task A_canary_that_hangs_delays_no_user_and_only_so_many_copies_wait_for_it()
    {
        await using var rig = await StartAsync(Plan with { Shadow = ShadowTerms.Default with { Concurrency = 3, Queue = 5 } });
        var asked = 0;
        rig.Canary.Handle = context =>
        {
            Interlocked.Increment(ref asked);
            return Handlers.Hang(context);
        };
        var slowest = TimeSpan.Zero;
        for (var i = 0; i < 50; i++)
        {
            var watch = Stopwatch.StartNew();
            Assert.Equal((200, "stable"), await rig.GetAsync());
            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
        }

        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        await ProxyRig.HoldsAsync(() => asked == 3, "three copies are with the canary");
        Assert.Equal(42, rig.Generation.Copies[ShadowEvent.Dropped]);
    }

    [Fact]
    public async Task A_copy_that_is_not_answered_in_time_has_failed()
    {
        await using var rig = await StartAsync(Plan with { Shadow = ShadowTerms.Default with { Timeout = TimeSpan.FromMilliseconds(200) } });
        rig.Canary.Handle = Handlers.Hang;
        await rig.GetAsync();
        await ProxyRig.HoldsAsync(() => rig.Generation.Copies[ShadowEvent.Failed] == 1, "the copy has failed");
        Assert.Equal(1, rig.CanaryStats.Failures);
    }

    [Fact]
    public async Task Copies_come_without_credentials_and_say_what_they_are()
    {
        await using var rig = await StartAsync(Plan with { Shadow = ShadowTerms.Default with { Credentials = ["X-Api-Key", "sig"] } });
        var seen = Catch(rig.Canary);
        await rig.GetAsync(
            "/a?x=1&sig=known",
            ("Authorization", "Bearer t"),
            ("Cookie", "session=1"),
            ("X-Api-Key", "k"),
            ("X-Auth_Token", "t"),
            ("Accept-Language", "de"));
        await ProxyRig.HoldsAsync(() => seen.Count == 1, "the copy is there");
        var copy = seen.Single();
        Assert.Equal("/a?x=1&sig=known", copy.Target);
        Assert.All(["Authorization", "Cookie", "X-Auth_Token"], name => Assert.False(copy.Headers.ContainsKey(name), name));
        Assert.Equal(
            ("k", "de", "1", "1"),
            (copy.Headers["X-Api-Key"], copy.Headers["Accept-Language"], copy.Headers["x-snapback-shadow"], copy.Headers["x-snapback-no-shadow"]));
        Assert.Equal("127.0.0.1", copy.Headers["X-Forwarded-For"]);
    }

    [Theory]
    [InlineData("POST", "/", null)]
    [InlineData("GET", "/?access_token=secret", null)]
    [InlineData("GET", "/", "x-snapback-no-shadow")]
    [InlineData("GET", "/", "Upgrade")]
    public async Task What_may_act_twice_or_cannot_be_made_anonymous_is_not_copied(string method, string target, string? header)
    {
        await using var rig = await StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        if (header == "Upgrade")
        {
            request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
            request.Headers.TryAddWithoutValidation("Upgrade", "other");
        }
        else if (header is not null)
        {
            request.Headers.Add(header, "1");
        }

        using var answer = await rig.Client.SendAsync(request, Stop);
        await rig.GetAsync();
        await AnsweredAsync(rig, 1);
        Assert.Single(rig.Canary.Sequences);
    }

    [Fact]
    public async Task Nobody_but_a_trusted_peer_can_make_a_request_look_like_a_copy()
    {
        await using var rig = await StartAsync();
        var seen = Catch(rig.Stable);
        await rig.GetAsync("/", ("x-snapback-shadow", "1"));
        Assert.False(seen.Single().Headers.ContainsKey("x-snapback-shadow"));
    }

    [Fact]
    public async Task A_canary_that_fails_its_copies_is_rolled_back_and_no_user_has_met_it()
    {
        await using var rig = await StartAsync();
        rig.Canary.Handle = context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        for (var i = 0; i < 100 && rig.Status.Phase != RolloutPhase.RolledBack; i++)
        {
            Assert.Equal((200, "stable"), await rig.GetAsync());
            await Task.Delay(10, Stop);
        }

        Assert.Equal(RolloutPhase.RolledBack, rig.Status.Phase);
        var sent = rig.Canary.Sequences.Count;
        for (var i = 0; i < 20; i++)
        {
            await rig.GetAsync();
        }

        await Task.Delay(100, Stop);
        Assert.Equal(sent, rig.Canary.Sequences.Count);
        var record = rig.Status.Rollback!;
        Assert.Equal((0L, 0u, true), (record.Victims, record.CanaryAfterDecision, record.BlamesVersion));
        Assert.Null(record.Exposure);
        Assert.StartsWith("Rolled back v2 (shadow 100% → 0%): ", record.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_copies_have_shown_is_forgotten_when_users_come()
    {
        await using var rig = await StartAsync();
        for (var i = 0; i < 10; i++)
        {
            await rig.GetAsync();
        }

        await AnsweredAsync(rig, 10);
        await rig.DoAsync(new RolloutCommand.Advance("ann"));
        Assert.Equal((2, new Weight(500)), (rig.Status.Step, rig.Status.Weight));
        Assert.False(rig.Generation.IsShadow);
        Assert.Equal((0L, 10L, 10u), (rig.CanaryStats.Requests, rig.Generation.Copies[ShadowEvent.Good], rig.Generation.Word.Sequence));
        await rig.GetAsync();
        await Task.Delay(50, Stop);
        Assert.Equal(10, rig.Generation.Copies[ShadowEvent.Good]);
    }

    [Fact]
    public async Task Answers_are_compared_and_the_report_shows_where_they_differ_and_no_value()
    {
        var terms = new ComparisonTerms { Headers = ["Cache-Control"], Json = true, Ignore = ["$.at"], MaxDifferent = 0.01 };
        await using var rig = await StartAsync(
            Plan with { Steps = [Copies, .. Plan.Steps.Skip(1)], Shadow = ShadowTerms.Default with { Compare = terms } });
        rig.Stable.Handle = context => context.Response.WriteAsJsonAsync(new { at = 1, price = 12.5, owner = "Ann" });
        rig.Canary.Handle = context => context.Response.WriteAsJsonAsync(
            new { at = 2, price = context.Request.Path == "/good" ? 12.50m : 99m, owner = "Ann" });
        // What differs first: after a good answer alone the step may be left.
        string[] paths = ["/order/4711", "/order/4712", "/good?user=7", "/good?user=7", "/good?user=7"];
        foreach (var (i, path) in paths.Index())
        {
            Assert.Equal((200, """{"at":1,"price":12.5,"owner":"Ann"}"""), await rig.GetAsync(path));
            // One at a time: on a busy machine a copy that waits behind others is late, and late is failed.
            await ProxyRig.HoldsAsync(() => rig.Generation.Differences.Compared == i + 1, $"{path} is compared");
        }

        var gate = Gate.Of(rig.Live.Snapshot(Moment.Now(TimeProvider.System).Monotonic), rig.Plane.Switches, DateTimeOffset.UnixEpoch);
        Assert.Equal((GateState.Shut, "2 of 5 compared answers differ (40%; 1% allowed)"), (gate.State, gate.Sentence));

        var report = await Cli.RunAsync(Cli.Host, "shadow", "shop", "--admin", rig.Admin);
        Assert.True(report.Code == 0, report.Error);
        Assert.Contains("5 answers, 2 differ (40%); 0 could not be compared", report.Out, StringComparison.Ordinal);
        Assert.Matches(@"2 +\$\.price +00\.0 +00 +GET /order/0000", report.Out);
        Assert.DoesNotContain("$.at", report.Out, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine(report.Out);
        var status = await Cli.RunAsync(Cli.Host, "status", "shop", "--admin", rig.Admin);
        Assert.Contains("Shadow      100% of the requests now; 5 good, 0 failed, 0 dropped; 2 of 5", status.Out, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine(status.Out);
    }

    [Fact]
    public async Task A_long_answer_is_passed_on_whole_and_not_compared()
    {
        await using var rig = await StartAsync(Plan with { Shadow = ShadowTerms.Default with { Compare = new ComparisonTerms { Json = true } } });
        rig.Stable.Handle = context => context.Response.WriteAsJsonAsync(new string('a', 100_000));
        Assert.Equal(100_002, (await rig.GetAsync()).Body.Length);
        await ProxyRig.HoldsAsync(() => rig.Generation.Differences.NotCompared == 1, "it is counted");
    }

    [Fact]
    public async Task A_download_is_left_after_a_megabyte_and_counts_as_good()
    {
        await using var rig = await StartAsync();
        var left = new TaskCompletionSource();
        rig.Canary.Handle = async context =>
        {
            context.RequestAborted.Register(left.SetResult);
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(new byte[64 * 1024]);
            }
        };
        await rig.GetAsync();
        await AnsweredAsync(rig, 1);
        await left.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        Assert.Equal(1, rig.CanaryStats.Successes);
    }

    [Fact]
    public async Task The_switch_ends_copies_at_once()
    {
        await using var rig = await StartAsync();
        rig.Plane.Switches.Shadow = false;
        await rig.GetAsync();
        await Task.Delay(50, Stop);
        Assert.Empty(rig.Canary.Sequences);
    }

    private static async Task<ProxyRig> StartAsync(RolloutPlan? plan = null)
    {
        var rig = await ProxyRig.StartAsync(weight: 0, plan: plan ?? Plan);
        rig.Live.RollBack("operator", "To begin with.", Authority.Operator, "ann", null);
        await rig.DoAsync(new RolloutCommand.Start("v2", "ann"));
        Assert.True(rig.Generation.IsShadow);
        return rig;
    }

    private static Task AnsweredAsync(ProxyRig rig, int copies) =>
        ProxyRig.HoldsAsync(() => rig.Generation.Copies[ShadowEvent.Good] == copies, $"{copies} copies are answered");

    private static ConcurrentQueue<(string Target, Dictionary<string, string> Headers)> Catch(Upstream upstream)
    {
        var seen = new ConcurrentQueue<(string, Dictionary<string, string>)>();
        upstream.Handle = context =>
        {
            seen.Enqueue(
                (
                    context.Request.Path + context.Request.QueryString,
                    context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            return context.Response.WriteAsync("ok");
        };
        return seen;
    }
}
