using System.Collections.Immutable;
using System.Net;
using Snapback.Control.Rollouts;
using Snapback.Control.Signing;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Splitting;

/// <summary>An arm that a tester chose, by a valid token or from a network that may.</summary>
/// <param name="Rollout">The rollout it is chosen for; null for any.</param>
internal sealed record ForcedArm(string? Rollout, Arm Arm)
{
    /// <summary>On a request the arm by its name, believed from the networks of <c>Snapback:OverrideCallers</c>; on its answer the arm
    /// that gave it.</summary>
    public const string Header = "x-snapback-arm";

    public bool IsFor(string rollout) => Rollout is null || Rollout == rollout;

    /// <summary>Picks the arm if the generation still allows it, else stable, and names the one picked in the response.</summary>
    public Pick Pick(HttpResponse response, Generation generation)
    {
        var pick = generation.PickForced(Arm);
        response.Headers[Header] = OverrideToken.Word(pick.Arm);
        return pick;
    }
}

/// <summary>
/// Takes the headers that choose an arm out of every request, before it is routed and before an arm can see them, and keeps a choice
/// that may be believed as a <see cref="ForcedArm"/>. Any other is ignored silently: an error would help to guess a valid one.
/// </summary>
internal sealed class OverrideGuard(RequestDelegate next, ImmutableArray<IPNetwork> callers, KeyRing keys, TimeProvider time)
{
    private readonly OverrideToken _tokens = new(keys);

    public Task InvokeAsync(HttpContext context)
    {
        if (OwnHeaders.ArePresent(context))
        {
            Take(context, context.Request.Headers);
        }

        return next(context);
    }

    private void Take(HttpContext context, IHeaderDictionary headers)
    {
        if (headers.Remove(OverrideToken.Header, out var token))
        {
            Believe(context, token);
        }

        if (headers.Remove(ForcedArm.Header, out var word)
            && OverrideToken.TryParse(word.ToString(), out var arm)
            && Networks.Contain(callers, context.Connection.RemoteIpAddress))
        {
            context.Features.Set(new ForcedArm(null, arm));
        }
    }

    private void Believe(HttpContext context, string? token)
    {
        if (_tokens.TryRead(token, time.GetUtcNow(), out var rollout, out var arm))
        {
            context.Features.Set(new ForcedArm(rollout.ToString(), arm));
        }
    }
}
