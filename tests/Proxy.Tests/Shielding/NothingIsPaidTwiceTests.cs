using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Rollouts;
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

    [Fact]
    public async Task While_the_canary_fails_again_and_again_no_read_fails_and_no_payment_arrives_twice()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 5000, plan: ProxyRig.Plan with { Shield = ShieldTerms.Default });
        var (arrived, asked) = (new ConcurrentDictionary<string, int>(), 0);
        rig.Stable.Handle = context => ArriveAsync(context, fails: false);
        rig.Canary.Handle = context => ArriveAsync(context, fails: Interlocked.Increment(ref asked) % 20 > 10);

        using var done = new CancellationTokenSource();
        var restarting = RestartAsync(rig, done.Token);
        var statuses = await Task.WhenAll(Enumerable.Range(0, Users).Select(user => UseAsync(rig, user)));
        await done.CancelAsync();
        var generations = await restarting;

        var (reads, payments) = (statuses.SelectMany(user => user.Reads).ToList(), statuses.SelectMany(user => user.Payments).ToList());
        Assert.All(reads, status => Assert.Equal(200, status));
        Assert.Equal(Users * Each, payments.Count);
        Assert.All(arrived, payment => Assert.Equal(1, payment.Value));
        Assert.Equal(Users * Each, arrived.Count);

        // Otherwise nothing of this was tried.
        Assert.Contains(payments, status => status >= 500);
        Assert.True(generations > 2 && rig.Live.CanaryTraffic.Shielded > 2, $"{generations} generations, {rig.Live.CanaryTraffic.Shielded} shielded");

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

    private static async Task<(List<int> Reads, List<int> Payments)> UseAsync(ProxyRig rig, int user)
    {
        var (reads, payments) = (new List<int>(), new List<int>());
        for (var i = 0; i < Each; i++)
        {
            reads.Add((await rig.GetAsync()).Status);
            using var payment = await rig.Client.PostAsync($"/{user}/{i}", new StringContent("pay"));
            payments.Add((int)payment.StatusCode);
        }

        return (reads, payments);
    }

    /// <summary>A new version as soon as one was rolled back.</summary>
    private static async Task<int> RestartAsync(ProxyRig rig, CancellationToken done)
    {
        var generation = 1;
        while (!done.IsCancellationRequested)
        {
            if (rig.Live.Status.Phase == RolloutPhase.RolledBack)
            {
                await rig.DoAsync(new RolloutCommand.SetWeight(new Weight(5000), $"again-{generation++}", "ann"));
            }

            await Task.Delay(2, CancellationToken.None);
        }

        return generation;
    }
}
