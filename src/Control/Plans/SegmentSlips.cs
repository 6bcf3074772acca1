using System.Collections.Immutable;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Segments that nobody is in.</summary>
internal static class SegmentSlips
{
    public static readonly ImmutableArray<string> Reads = ["GET", "HEAD", "OPTIONS"];

    public static IEnumerable<string> Of(RolloutPlan plan)
    {
        var segment = plan.Segment;
        foreach (var vain in segment.Always.Where(condition => segment.Never.Any(never => never.Covers(condition))))
        {
            yield return $"{Named(vain)} stands in the segment's always and in its never, which is stronger: nobody gets the canary by it. Remove one.";
        }

        if (segment.Always.IsEmpty && NobodyBy(segment) is { } why)
        {
            yield return $"Nobody is in the segment: {why}. Remove one.";
        }
        else if (segment.Always.IsEmpty && Methods(segment) is { } methods && !methods.Intersect(Reads).Any())
        {
            foreach (var step in plan.Steps.Where(step => step.OnlyReads))
            {
                yield return $"Nobody meets the canary in step {step.Name}: it is only: reads, and the segment takes " +
                    $"{string.Join(" and ", methods)}. Remove one.";
            }
        }
    }

    private static string? NobodyBy(Segment segment)
    {
        if (segment.All.FirstOrDefault(condition => segment.Never.Any(never => never.Covers(condition))) is { } refused)
        {
            return $"{Named(refused)} stands in its all and in its never";
        }

        if (!segment.Any.IsEmpty && segment.Any.All(condition => segment.Never.Any(never => never.Covers(condition))))
        {
            return "all of its any stands in its never";
        }

        return Methods(segment) is [] ? "no method is in every list of its all" : null;
    }

    /// <summary>Null if the segment asks for none.</summary>
    private static List<string>? Methods(Segment segment)
    {
        var asked = segment.All.SelectMany(condition => condition.Parts.Prepend(condition)).Where(part => part.Kind == ConditionKind.Method).ToList();
        return asked.Count == 0
            ? null
            : [.. asked.Skip(1).Aggregate<Condition, IEnumerable<string>>(asked[0].Values, (left, part) => left.Intersect(part.Values))];
    }

    private static string Named(Condition condition)
    {
        var what = condition.IsNamed ? Shown.Plain(condition.Name) : string.Join(" and ", condition.Values.Select(value => Shown.Plain(value)));
        return $"{condition.Kind.ToString().ToLowerInvariant()} {what}";
    }
}
