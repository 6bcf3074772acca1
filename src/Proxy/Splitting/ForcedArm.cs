using System.Collections.Immutable;
using System.Net;
using Snapback.Control.Rollouts;
using Snapback.Control.Signing;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Splitting;

/// <summary>An arm that a tester chose, by a valid token or from a network that may.</summary>
/// <param name="Rollout">The rollout it is chosen for; null for any.</param>
/// <param name="Other">What the same request chose besides; null for nothing.</param>
internal sealed record ForcedArm(string? Rollout, Arm Arm, ForcedArm? Other)
{
    /// <summary>On a request the arm by its name, believed from the networks of <c>Snapback:OverrideCallers</c>; on its answer the arm
    /// that gave it.</summary>
    public const string Header = "x-snapback-arm";

    /// <summary>The first choice for this rollout; null without one.</summary>
    public ForcedArm? For(string rollout)
    {
        var choice = this;
        while (choice is not null && choice.Rollout is { } other && other != rollout)
        {
            choice = choice.Other;
        }

        return choice;
    }

    /// <summary>Picks the arm if the generation still allows it, else stable, and names the one picked in the response.</summary>
    public Pick Pick(HttpResponse response, Generation generation)
    {
        var pick = generation.PickForced(Arm);
        // Not at once: an arm that breaks its answer before the first byte has the response cleared.
        response.OnStarting(() =>
        {
            response.Headers[Header] = OverrideToken.Word(pick.Arm);
            return Task.CompletedTask;
        });
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
        var chosen = headers.Remove(OverrideToken.Header, out var tokens) ? Believed(tokens.ToString()) : null;
        if (headers.Remove(ForcedArm.Header, out var word)
            && OverrideToken.TryParse(word.ToString(), out var arm)
            && Networks.Contain(callers, context.Connection.RemoteIpAddress))
        {
            chosen = new ForcedArm(null, arm, chosen);
        }

        if (chosen is not null)
        {
            context.Features.Set(chosen);
        }
    }

    /// <param name="tokens">One, or several with commas: a tester of two services has a token for each, and a browser that adds the same headers to
    /// every request.</param>
    private ForcedArm? Believed(ReadOnlySpan<char> tokens)
    {
        ForcedArm? chosen = null;
        int comma;
        do
        {
            comma = tokens.LastIndexOf(',');
            if (_tokens.TryRead(tokens[(comma + 1)..].Trim(), time.GetUtcNow(), out var rollout, out var arm))
            {
                chosen = new ForcedArm(rollout.ToString(), arm, chosen);
            }

            tokens = tokens[..Math.Max(comma, 0)];
        }
        while (comma >= 0);
        return chosen;
    }
}
