using System.Collections.Immutable;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Splitting;

/// <summary>
/// Whether a request is eligible for the canary, from conditions that were compiled when the plan was published. No allocation,
/// but for claims and flags that are asked anew.
/// </summary>
internal sealed class SegmentMatcher
{
    private readonly SegmentCondition[] _all;
    private readonly SegmentCondition[] _any;
    private readonly SegmentCondition[] _never;
    private readonly SegmentCondition[] _always;
    private readonly bool[] _onlyReads;

    private SegmentMatcher(RolloutPlan plan, SegmentFlags flags)
    {
        SegmentCondition[] Compile(ImmutableArray<Condition> conditions) =>
            [.. conditions.Select(condition => SegmentCondition.Compile(condition, flags))];
        (_all, _any, _never, _always) = (
            Compile(plan.Segment.All), Compile(plan.Segment.Any), Compile(plan.Segment.Never), Compile(plan.Segment.Always));
        _onlyReads = [.. plan.Steps.Select(step => step.OnlyReads)];
    }

    /// <returns>Null for a plan that takes everybody: there is nothing to ask.</returns>
    public static SegmentMatcher? Of(RolloutPlan plan, SegmentFlags flags) =>
        plan.Segment.IsEverybody && !plan.Steps.Any(step => step.OnlyReads) ? null : new SegmentMatcher(plan, flags);

    /// <param name="step">The rollout's current step, from 1; 0 for none.</param>
    /// <param name="client">The hash of the request's sticky key; 0 without one.</param>
    public Eligibility Of(HttpContext context, int step, ulong client)
    {
        if ((step > 0 && step <= _onlyReads.Length && _onlyReads[step - 1] && !SafeMethods.Has(context.Request.Method))
            || AnyHolds(_never, context, client))
        {
            return Eligibility.Never;
        }

        if (AnyHolds(_always, context, client))
        {
            return Eligibility.Always;
        }

        foreach (var condition in _all)
        {
            if (!condition.Holds(context, client))
            {
                return Eligibility.Never;
            }
        }

        return _any.Length == 0 || AnyHolds(_any, context, client) ? Eligibility.ByWeight : Eligibility.Never;
    }

    private static bool AnyHolds(SegmentCondition[] conditions, HttpContext context, ulong client)
    {
        foreach (var condition in conditions)
        {
            if (condition.Holds(context, client))
            {
                return true;
            }
        }

        return false;
    }
}
