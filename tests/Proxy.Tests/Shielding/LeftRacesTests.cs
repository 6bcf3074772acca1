using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Observing;
using Snapback.Proxy.Shadowing;
using Snapback.Proxy.Shielding;
using Snapback.Proxy.Splitting;
using Snapback.Proxy.Tests.Observing;
using Xunit;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Tests.Shielding;

/// <summary>
/// A user leaves a race while stable's headers are there and nothing has been done with them yet. The server takes the response's object for
/// another request soon after: what came too late must not be written into that.
/// </summary>
public sealed class LeftRacesTests
{
    private static readonly RolloutPlan Plan = ProxyRig.ByLatency with { Shield = ShieldTerms.Default with { Hedge = true } };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stable_wins_no_response_that_its_request_has_left()
    {
        var (asked, over) = (new TaskCompletionSource(), new TaskCompletionSource());
        var won = new TaskCompletionSource<bool>();
        await using var race = await Race.StartAsync(async (hedge, own) =>
        {
            asked.SetResult();
            await over.Task;
            won.SetResult(await hedge.TryWinAsync(own, failed: false));
        });
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        await race.Client.CancelAsync();
        Assert.False(await race.Hedge.HasAnsweredAsync(Outcome.Neutral));
        race.End();
        over.SetResult();
        Assert.False(await won.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop));
    }

    [Fact]
    public async Task A_response_that_stable_has_won_is_not_over_before_stable_is()
    {
        var (asked, over) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var race = await Race.StartAsync(async (hedge, own) =>
        {
            var winning = hedge.TryWinAsync(own, failed: false);
            asked.SetResult();
            Assert.True(await winning);
            await over.Task;
        });
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        await race.Client.CancelAsync();
        var ending = race.Hedge.HasAnsweredAsync(Outcome.Neutral);
        Assert.NotSame(ending, await Task.WhenAny(ending, Task.Delay(100, Stop)));
        over.SetResult();
        Assert.True(await ending.WaitAsync(TimeSpan.FromSeconds(10), Stop));
        race.End();
    }

    private sealed class Race : IAsyncDisposable
    {
        private readonly ProxyRig _rig;
        private readonly Recall _recall;

        private Race(ProxyRig rig, CancellationTokenSource client, Hedge hedge, Recall recall) =>
            (_rig, Client, Hedge, _recall) = (rig, client, hedge, recall);

        public CancellationTokenSource Client { get; }

        public Hedge Hedge { get; }

        /// <param name="stable">What becomes of stable's attempt, which is asked at the latency limit.</param>
        public static async Task<Race> StartAsync(Func<Hedge, HttpContext, Task> stable)
        {
            var rig = await ProxyRig.StartAsync(plan: Plan);
            var time = TimeProvider.System;
            var client = new CancellationTokenSource();
            var route = new RouteModel(new RouteConfig { RouteId = "main" }, null, HttpTransformer.Default);
            var context = new DefaultHttpContext { Request = { Method = HttpMethods.Get }, RequestAborted = client.Token };
            var of = new ArmRoute(
                rig.Live, route, new TwoOfEach(), new StickyDraw(Plan, rig.Keys, time), null, new ShadowLane(rig.Live, time));
            context.Features.Set<IReverseProxyFeature>(new ReverseProxyFeature { Route = route });
            var pick = rig.Generation.Pick(0);
            var shield = Shield.Over(context, of, rig.Generation, pick);
            var shortage = new OwnShortage(Serilog.Core.Logger.None, time);
            var attempt = new Attempt(own => stable(ProxiedRequest.Of(own)!.Hedge!, own), null!, shortage, time);
            var hedge = Hedge.Over(context, of, rig.Generation, pick, shield, attempt, time)!;
            var now = time.GetElapsedTime(0);
            var recall = new Recall(context, rig.Generation, shield, Plan, now, time);
            hedge.Start(recall, now);
            return new Race(rig, client, hedge, recall);
        }

        public void End()
        {
            _recall.Dispose();
            Hedge.Dispose();
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await _rig.DisposeAsync();
        }
    }

    /// <summary>Arms of two destinations, so that an attempt goes through the pipeline.</summary>
    private sealed class TwoOfEach : IProxyStateLookup
    {
        private static readonly HttpMessageInvoker Nobody = new(new SocketsHttpHandler());

        private static readonly DestinationModel There = new(new DestinationConfig { Address = "http://127.0.0.1:1" });

        public bool TryGetCluster(string id, [NotNullWhen(true)] out ClusterState? cluster)
        {
            DestinationState[] two = [new("one", There), new("two", There)];
            cluster = new ClusterState(id, new ClusterModel(new ClusterConfig { ClusterId = id }, Nobody))
            {
                DestinationsState = new ClusterDestinationsState(two, two),
            };
            return true;
        }

        public bool TryGetRoute(string id, [NotNullWhen(true)] out RouteModel? route) => throw new NotSupportedException();

        public IEnumerable<RouteModel> GetRoutes() => throw new NotSupportedException();

        public IEnumerable<ClusterState> GetClusters() => throw new NotSupportedException();
    }
}
