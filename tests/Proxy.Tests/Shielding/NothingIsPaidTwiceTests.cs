using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Faults;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Shielding;

/// <summary>
/// The bounded form of the load scenario <c>shield</c>: while the canary fails again and again, users who read see nothing of it,
/// and what users pay arrives at one service once, counted by number at both.
/// </summary>
public sealed class NothingIsPaidTwiceTests
{
    private const int Users = 8;
    private const int Each = 150;
    private const int Most = 20 * Each;

    [Fact]
    public async Task While_the_canary_fails_again_and_again_no_read_fails_and_no_payment_arrives_twice()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 5000, plan: ProxyRig.Plan with { Shield = ShieldTerms.Default with { Budget = 1 } });
        var (arrived, asked, generations) = (new ConcurrentDictionary<string, int>(), 0, 1);
        rig.Stable.Handle = context => ArriveAsync(context, fails: false);
        rig.Canary.Handle = context => ArriveAsync(context, fails: Interlocked.Increment(ref asked) % 20 > 10);

        using var done = new CancellationTokenSource();
        var restarting = RestartAsync();
        var statuses = await Task.WhenAll(Enumerable.Range(0, Users).Select(user => UseAsync(rig, user, HasTriedAll)));
        await done.CancelAsync();
        await restarting;

        var (reads, payments) = (statuses.SelectMany(user => user.Reads).ToList(), statuses.SelectMany(user => user.Payments).ToList());
        Assert.All(reads, status => Assert.Equal(200, status));
        Assert.All(arrived, payment => Assert.Equal(1, payment.Value));
        Assert.Equal(payments.Count, arrived.Count);
        Assert.Contains(payments, status => status >= 500);
        Assert.True(HasTriedAll(), $"{generations} generations, {rig.Live.CanaryTraffic.Shielded} shielded");

        // A version is started as fast as the disk takes it, and a busy one took a single start in the time of all requests.
        bool HasTriedAll() => Volatile.Read(ref generations) > 2 && rig.Live.CanaryTraffic.Shielded > 2;

        async Task RestartAsync()
        {
            while (!done.IsCancellationRequested)
            {
                // A new version as soon as one was rolled back.
                if (rig.Live.Status.Phase == RolloutPhase.RolledBack)
                {
                    await rig.DoAsync(new RolloutCommand.SetWeight(new Weight(5000), $"again-{Interlocked.Increment(ref generations)}", "ann"));
                }

                await Task.Delay(2, CancellationToken.None);
            }
        }

        async Task ArriveAsync(HttpContext context, bool fails)
        {
            if (HttpMethods.IsPost(context.Request.Method))
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
                arrived.AddOrUpdate(context.Request.Path, 1, (_, times) => times + 1);
            }

            if (fails && asked % 2 == 0)
            {
                context.Abort();
                return;
            }

            context.Response.StatusCode = fails ? 500 : 200;
        }
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PATCH")]
    [InlineData("BUY")]
    public async Task A_payment_without_a_body_arrives_once_although_its_service_hangs_up(string method)
    {
        var arrived = new ConcurrentQueue<string>();
        await using var canary = new RawServer(
            async wire =>
            {
                if (await wire.HeadAsync() is not { } head)
                {
                    return false;
                }

                if (head.StartsWith("GET", StringComparison.Ordinal))
                {
                    await wire.SendAsync(Play.Ok("Content-Length: 2", "ok"));
                    return true;
                }

                wire.Finish();
                return false;
            },
            arrived.Enqueue);
        await using var rig = await ProxyRig.StartAsync(
            settings: ("ReverseProxy:Clusters:shop-canary:Destinations:one:Address", $"http://127.0.0.1:{canary.Port}"));
        // Of a connection that has served the framework's client believes that the server was tired of it.
        Assert.Equal((200, "ok"), await rig.GetAsync());
        using var wire = await Wire.OpenAsync(rig.Address.Port);
        await wire.SendAsync($"{method} /pay HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 502", await wire.HeadAsync(), StringComparison.Ordinal);
        var head = Assert.Single(arrived, head => head.StartsWith(method, StringComparison.Ordinal));
        Assert.Contains("Content-Length: 0", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payment_whose_key_is_empty_has_none()
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded);
        rig.Canary.Handle = context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        using var payment = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent("pay") };
        payment.Headers.TryAddWithoutValidation("Idempotency-Key", "");
        using var answer = await rig.Client.SendAsync(payment, TestContext.Current.CancellationToken);
        Assert.Equal(500, (int)answer.StatusCode);
        Assert.Empty(rig.Stable.Sequences);
    }

    private static async Task<(List<int> Reads, List<int> Payments)> UseAsync(ProxyRig rig, int user, Func<bool> hasTriedAll)
    {
        var (reads, payments) = (new List<int>(), new List<int>());
        for (var i = 0; i < Each || (!hasTriedAll() && i < Most); i++)
        {
            reads.Add((await rig.GetAsync()).Status);
            using var payment = await rig.Client.PostAsync($"/{user}/{i}", new StringContent("pay"));
            payments.Add((int)payment.StatusCode);
        }

        return (reads, payments);
    }
}
