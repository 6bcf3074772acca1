using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Observing;
using Snapback.Proxy.Shadowing;
using Snapback.Proxy.Shielding;
using Snapback.Proxy.Splitting;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy;

/// <summary>
/// Forwards a request to one arm: straight to the forwarder where the rest of the proxy pipeline has nothing to decide, else through it.
/// </summary>
internal sealed class Attempt(RequestDelegate next, IHttpForwarder forwarder, OwnShortage shortage, TimeProvider time)
{
    /// <param name="target">Null if the arm has no cluster: YARP's pipeline then answers for the route as it is.</param>
    /// <param name="now">When the arm was picked, on the monotonic clock.</param>
    /// <param name="request">The record of this attempt; its outcome is final once the task has ended.</param>
    public Task RunAsync(
        HttpContext context,
        ArmRoute route,
        Generation generation,
        Pick pick,
        ArmTarget? target,
        TimeSpan now,
        out ProxiedRequest request,
        Shield? shield = null,
        AnswerWitness? witness = null,
        Hedge? hedge = null,
        Recall? recall = null)
    {
        var uploads = context.Features.Find<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } && context.Request.ContentLength is not 0;
        request = new ProxiedRequest(context, route.Rollout, generation, pick, target, now, route.MeasuresTotal, uploads, time)
        {
            Shortage = shortage,
            Shield = shield,
            Witness = witness,
            Hedge = hedge,
            Recall = recall,
        };
        // YARP's pipeline tags a request's trace; the short way would leave it without.
        return target?.Only is { } destination && Activity.Current is null
            ? StraightAsync(context, request, destination)
            : ThroughAsync(context, request);
    }

    private async Task StraightAsync(HttpContext context, ProxiedRequest request, DestinationState destination)
    {
        request.ProxiedDestination = destination;
        var cluster = request.Cluster;
        var error = ForwarderError.RequestCanceled;
        try
        {
            error = await forwarder.SendAsync(
                context,
                destination.Model.Config.Address,
                cluster.HttpClient,
                cluster.Config.HttpRequest ?? ForwarderRequestConfig.Empty,
                request.Route.Transformer);
        }
        finally
        {
            request.OnEnd(error);
        }
    }

    private async Task ThroughAsync(HttpContext context, ProxiedRequest request)
    {
        var error = ForwarderError.RequestCanceled;
        try
        {
            await next(context);
            error = context.Features.Find<IForwarderErrorFeature>()?.Error ?? ForwarderError.None;
        }
        finally
        {
            request.OnEnd(error);
        }
    }
}
