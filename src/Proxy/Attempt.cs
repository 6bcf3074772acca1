using Microsoft.AspNetCore.Http.Features;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Observing;
using Snapback.Proxy.Shadowing;
using Snapback.Proxy.Shielding;
using Snapback.Proxy.Splitting;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy;

/// <summary>Forwards a request to one arm through the rest of the proxy pipeline.</summary>
internal sealed class Attempt(RequestDelegate next, TimeProvider time)
{
    /// <returns>What it showed of the arm; it has been judged by then.</returns>
    public async Task<Outcome> RunAsync(
        HttpContext context, ArmRoute route, Generation generation, Pick pick, ArmTarget? target, TimeSpan now, Shield? shield = null, AnswerWitness? witness = null, Hedge? hedge = null)
    {
        if (target is not null)
        {
            context.ReassignProxyRequest(target.Route, target.Cluster);
        }

        var uploads = context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } && context.Request.ContentLength is not 0;
        var request = new ProxiedRequest(context, route.Rollout, generation, pick, now, route.MeasuresTotal, uploads, time) { Shield = shield, Witness = witness, Hedge = hedge };
        context.Features.Set(request);
        var error = ForwarderError.RequestCanceled;
        try
        {
            await next(context);
            error = context.Features.Get<IForwarderErrorFeature>()?.Error ?? ForwarderError.None;
        }
        finally
        {
            request.OnEnd(error);
        }

        return request.Outcome;
    }
}
