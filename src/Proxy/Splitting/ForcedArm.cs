using System.Collections.Immutable;
using System.Net;
using Snapback.Control.Rollouts;
using Snapback.Control.Signing;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Splitting;

/// <summary>A tester's choice that was believed.</summary>
/// <param name="Rollout">Null for whatever rollout the request is under.</param>
internal sealed record ForcedArm(string? Rollout, Arm Arm)
{
    /// <summary>The arm by its name, from callers in the networks of <c>Snapback:OverrideCallers</c>; and on the answer, the arm
    /// that gave it.</summary>
    public const string Header = "x-snapback-arm";

    public bool IsFor(string rollout) => Rollout is null || Rollout == rollout;

    /// <summary>The arm if it is open, and says which it was.</summary>
    public Pick Pick(HttpResponse response, Generation generation)
    {
        var pick = generation.PickForced(Arm);
        response.Headers[Header] = OverrideToken.Word(pick.Arm);
        return pick;
    }
}

/// <summary>
/// Takes the headers that choose an arm out of every request, before anything is routed by them and before an arm can see them,
/// and keeps what may be believed. What may not is ignored without a word: nobody learns from it what would be.
/// </summary>
internal sealed class OverrideGuard(RequestDelegate next, ImmutableArray<IPNetwork> callers, KeyRing keys, TimeProvider time)
{
    private readonly OverrideToken _tokens = new(keys);

    public Task InvokeAsync(HttpContext context)
    {
        if (OwnHeaders.AreClaimed(context))
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
