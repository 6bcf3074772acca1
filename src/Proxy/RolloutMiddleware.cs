using Snapback.Control.Analysis;
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
/// The story of one request: draw, pick the arm, bind the route to it, forward, observe, and if the canary failed, let stable
/// answer. First in the proxy pipeline, so that affinity, load balancing and health all see the arm's own cluster.
/// </summary>
internal sealed class RolloutMiddleware(
    RequestDelegate next, ArmRoutes routes, IHttpForwarder forwarder, RolloutSwitches switches, OwnShortage shortage, TimeProvider time)
{
    private readonly Attempt _attempt = new(next, forwarder, shortage, time);

    public Task InvokeAsync(HttpContext context)
    {
        var hasOwnHeaders = OwnHeaders.ArePresent(context);
        if (hasOwnHeaders)
        {
            context.Request.Headers.Remove(FlagHeader.Name);
        }

        return routes.Find(context.Features.Find<IReverseProxyFeature>()!.Route) is { } route ? ForwardAsync(context, route, hasOwnHeaders) : next(context);
    }

    private Task ForwardAsync(HttpContext context, ArmRoute route, bool hasOwnHeaders)
    {
        if (hasOwnHeaders)
        {
            context.Request.Headers.Remove(ArmTransformer.SequenceHeader);
        }

        var generation = route.Rollout.Generation;
        var now = time.GetElapsedTime(0);
        var pick = route.Pick(context, hasOwnHeaders && switches.Overrides ? context.Features.Find<ForcedArm>() : null, generation, switches, now);
        var target = route.Target(pick.Arm, generation.Swapped);
        if (pick is { Arm: Arm.Canary, Forced: false }
            && target is not { IsAvailable: true }
            && route.Target(Arm.Stable, generation.Swapped) is { IsAvailable: true } stable)
        {
            // A canary without a healthy destination needs no statistics: the rollout learns of it at once, and stable serves this request.
            generation.Unavailable(now, isConfigured: target is not null);
            pick = generation.PickStableInstead(pick);
            target = stable;
        }

        AnswerWitness? witness = null;
        if (pick.IsPaired)
        {
            (pick, witness) = switches.Shadow ? route.Shadow.Offer(context, route, generation, pick, _attempt) : (pick.Unpaired, null);
        }

        return pick.Arm == Arm.Canary
            ? AskCanaryAsync(context, route, generation, pick, target, now)
            : _attempt.RunAsync(context, route, generation, pick, target, now, out _, witness: witness);
    }

    private async Task AskCanaryAsync(HttpContext context, ArmRoute route, Generation generation, Pick pick, ArmTarget? target, TimeSpan now)
    {
        await using var shield = !pick.Forced && switches.Shield ? Shield.Over(context, route, generation, pick) : null;
        using var hedge = Hedge.Over(context, route, generation, pick, shield, _attempt, time);
        Outcome outcome;
        using (var recall = new Recall(context, generation, shield, route.Rollout.Plan, now, time))
        {
            hedge?.Start(recall, now);
            await _attempt.RunAsync(context, route, generation, pick, target, now, out var request, shield, recall: recall);
            outcome = request.Outcome;
        }

        if (hedge is not null && await hedge.HasAnsweredAsync(outcome))
        {
            return;
        }

        if (shield?.IsToReplay(context, outcome, time.GetElapsedTime(0)) == true)
        {
            await ReplayAsync(context, route, generation, pick, shield, outcome);
        }
    }

    private async Task ReplayAsync(HttpContext context, ArmRoute route, Generation generation, Pick pick, Shield shield, Outcome failed)
    {
        ProxiedRequest replay = null!;
        var isCounted = false;
        shield.Prepare(context);
        // Not only at the end: a stream or a download may last for hours, and its user would be told as hurt all the while.
        context.Response.OnStarting(() =>
        {
            Count();
            return Task.CompletedTask;
        });
        await _attempt.RunAsync(context, route, generation, generation.PickReplay(pick), shield.Stable, time.GetElapsedTime(0), out replay);
        Count();

        void Count()
        {
            if (!isCounted && replay.Outcome != Outcome.Failure)
            {
                isCounted = true;
                generation.Shielded(failed);
            }
        }
    }
}
