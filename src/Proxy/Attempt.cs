using Microsoft.AspNetCore.Http.Features;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Observing;
using Snapback.Proxy.Shadowing;
using Snapback.Proxy.Shielding;
using Snapback.Proxy.Splitting;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy;

/// <summary>Forwards a request to one arm through the rest of the proxy pipeline.</summary>
internal sealed class Attempt(RequestDelegate next, TimeProvider time)
{
    /// <param name="request">What it shows of the arm; it has been judged when the task ends.</param>
    public Task RunAsync(
        HttpContext context, ArmRoute route, Generation generation, Pick pick, ArmTarget? target, TimeSpan now, out ProxiedRequest request, Shield? shield = null, AnswerWitness? witness = null, Hedge? hedge = null)
    {
        target?.Bind(context.Features);
        var uploads = context.Features.Find<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } && context.Request.ContentLength is not 0;
        request = new ProxiedRequest(context, route.Rollout, generation, pick, now, route.MeasuresTotal, uploads, time) { Shield = shield, Witness = witness, Hedge = hedge };
        context.Features[typeof(ProxiedRequest)] = request;
        Task forwarding;
        try
        {
            forwarding = next(context);
        }
        catch
        {
            request.OnEnd(ForwarderError.RequestCanceled);
            throw;
        }

        // What the forwarder has is ended by its own word (ObservedForwarder), and nothing waits with it here.
        return request.IsForwarded ? forwarding : EndAsync(context, request, forwarding);
    }

    /// <summary>Without a destination, or after somebody on the way who waits himself.</summary>
    private static async Task EndAsync(HttpContext context, ProxiedRequest request, Task forwarding)
    {
        var error = ForwarderError.RequestCanceled;
        try
        {
            await forwarding;
            error = context.Features.Find<IForwarderErrorFeature>()?.Error ?? ForwarderError.None;
        }
        finally
        {
            if (!request.IsForwarded)
            {
                request.OnEnd(error);
            }
        }
    }
}
