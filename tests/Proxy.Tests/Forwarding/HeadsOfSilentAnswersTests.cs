using System.Net;
using Microsoft.AspNetCore.Http;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>An arm that sends the head of an answer, and nothing after it for a long time.</summary>
public sealed class HeadsOfSilentAnswersTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("yarp", 10_000)]
    [InlineData("yarp", 0)]
    [InlineData("lean", 10_000)]
    [InlineData("lean", 0)]
    public async Task A_stream_opens_for_its_client_before_the_first_event(string forwarder, int weight)
    {
        await using var rig = await ProxyRig.StartAsync(weight, ProxyRig.Shielded, settings: ("Snapback:Forwarder", forwarder));
        rig.Canary.Handle = rig.Stable.Handle = context => HeadThenSilenceAsync(context, "text/event-stream");
        using var answer = await rig.Client.GetAsync(new Uri("/", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Stop);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal(1, rig.Generation.InFlight(weight == 0 ? Control.Rollouts.Arm.Stable : Control.Rollouts.Arm.Canary));
    }

    [Theory]
    [InlineData("yarp")]
    [InlineData("lean")]
    public async Task A_stream_that_breaks_right_after_its_head_is_still_answered_by_stable(string forwarder)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded, settings: ("Snapback:Forwarder", forwarder));
        rig.Canary.Handle = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        Assert.Equal((200, "stable"), await rig.GetAsync());
        await rig.CountedAsync(1);
        Assert.Equal((1L, 1L), (rig.CanaryStats.Failures, rig.CanaryStats.Shielded));
    }

    [Theory]
    [InlineData("yarp")]
    [InlineData("lean")]
    public async Task Who_leaves_before_the_first_byte_of_a_body_is_not_counted_as_502(string forwarder)
    {
        await using var rig = await ProxyRig.StartAsync(plan: ProxyRig.Shielded, settings: ("Snapback:Forwarder", forwarder));
        rig.Canary.Handle = context => HeadThenSilenceAsync(context, "text/plain");
        using (var leaving = CancellationTokenSource.CreateLinkedTokenSource(Stop))
        {
            var asked = rig.Client.GetAsync(new Uri("/", UriKind.Relative), leaving.Token);
            await ProxyRig.HoldsAsync(() => rig.CanaryStats.Latency.Count == 1, "the head has come");
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        }

        await rig.CountedAsync(1);
        List<int> told = [];
        rig.Live.CanaryTraffic.Each((_, status, _) => told.Add(status));
        Assert.Equal([400], told);
        Assert.Equal(1, rig.CanaryStats.Neutral);
    }

    private static async Task HeadThenSilenceAsync(HttpContext context, string type)
    {
        context.Response.ContentType = type;
        await context.Response.Body.FlushAsync();
        await Handlers.Hang(context);
    }
}
