using Microsoft.AspNetCore.Http.Features;
using Snapback.Control.Comparing;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Shielding;
using Snapback.Proxy.Splitting;

namespace Snapback.Proxy.Shadowing;

/// <summary>
/// The copies of one rollout's requests on their way to its canary. A user's request leaves its copy here and goes on. The plan bounds
/// how many copies are with the canary and how many wait; the rest are dropped. A copy picks the canary when its turn comes, so that
/// none is sent after the rollback, however long it waited.
/// </summary>
internal sealed class ShadowLane(LiveRollout live, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private volatile Rules? _rules;
    private int _running;

    /// <returns>The pick of the user's request, still paired if the canary gets a copy of it; and the witness of stable's answer if the
    /// two answers are compared.</returns>
    public (Pick Pick, AnswerWitness? Witness) Offer(HttpContext context, ArmRoute route, Generation generation, Pick pick, Attempt attempt)
    {
        if (live.Plan.Shadow is not { } terms || !IsCopied(context, terms))
        {
            return (pick.Unpaired, null);
        }

        if (!HasRoom(terms))
        {
            generation.Copies.Count(ShadowEvent.Dropped);
            return (pick.Unpaired, null);
        }

        var comparison = terms.Compare is { } compare ? new Comparison(generation, compare, RulesOf(compare), context.Request, time) : null;
        Admit(new Waiting(ShadowCopy.Of(context, terms), route, generation, pick, attempt, terms, comparison?.Canary), terms);
        return (pick, comparison?.Stable);
    }

    private AnswerComparison RulesOf(ComparisonTerms terms)
    {
        if (_rules is not { } rules || !ReferenceEquals(rules.Terms, terms))
        {
            _rules = rules = new Rules(terms, new AnswerComparison(terms));
        }

        return rules.Comparison;
    }

    private static bool IsCopied(HttpContext context, ShadowTerms terms)
    {
        var request = context.Request;
        return terms.Methods.Contains(request.Method, StringComparer.Ordinal)
            && !ShadowMark.IsOn(request.Headers)
            && (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true } || request.ContentLength is 0)
            && !Shield.IsConversation(context)
            && !Credentials.AreIn(request.QueryString, terms.Credentials);
    }

    private bool HasRoom(ShadowTerms terms)
    {
        lock (_gate)
        {
            return _running < terms.Concurrency || _waiting.Count < terms.Queue;
        }
    }

    private void Admit(Waiting copy, ShadowTerms terms)
    {
        lock (_gate)
        {
            if (_running >= terms.Concurrency)
            {
                // Two that saw the last place free are both queued, one over the limit: cheaper than making the copy under the lock.
                _waiting.Enqueue(copy);
                return;
            }

            _running++;
        }

        // Not on this thread, which reads the user's socket.
        ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Lane.DrainAsync(work.Copy), (Lane: this, Copy: copy), preferLocal: false);
    }

    private async Task DrainAsync(Waiting first)
    {
        for (var copy = first; copy is not null; copy = Next())
        {
            await SendAsync(copy);
        }
    }

    private Waiting? Next()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out var next))
            {
                return next;
            }

            _running--;
            return null;
        }
    }

    private async Task SendAsync(Waiting copy)
    {
        var now = time.GetElapsedTime(0);
        if (copy.Route.Target(Arm.Canary, copy.Generation.Swapped) is not { } target || copy.Generation.PickCopy(copy.Pick, now) is not { } pick)
        {
            copy.Generation.Copies.Count(ShadowEvent.Dropped);
            return;
        }

        using var timeout = new CancellationTokenSource(copy.Terms.Timeout, time);
        using var whole = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token);
        ShadowCopy.Bound(copy.Context, timeout, whole);
        try
        {
            await copy.Attempt.RunAsync(copy.Context, copy.Route, copy.Generation, pick, target, now, out _, witness: copy.Witness);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The attempt has counted the failure, and no user waits for a copy.
        }
    }

    private sealed record Waiting(
        HttpContext Context,
        ArmRoute Route,
        Generation Generation,
        Pick Pick,
        Attempt Attempt,
        ShadowTerms Terms,
        AnswerWitness? Witness);

    private sealed record Rules(ComparisonTerms Terms, AnswerComparison Comparison);
}
