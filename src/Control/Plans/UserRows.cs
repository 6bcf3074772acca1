using System.Collections.Immutable;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>What a plan says of users: who is told from whom, and who is eligible.</summary>
internal static class UserRows
{
    public static IEnumerable<PlanRow> Of(RolloutPlan plan)
    {
        yield return new("Users", plan.Sticky.IsEmpty
            ? "not told apart: every request draws anew"
            : $"known by {string.Join(", else ", plan.Sticky.Select(key => $"`{key}`"))}; a growing weight moves nobody back");
        if (!plan.Segment.IsEverybody)
        {
            yield return new("Eligible", string.Join("; ", Parts(plan.Segment)));
        }
    }

    private static IEnumerable<string> Parts(Segment segment)
    {
        (string Word, ImmutableArray<Condition> Conditions, string Joint)[] groups =
        [
            ("all of", segment.All, " and "),
            ("one of", segment.Any, " or "),
            ("never", segment.Never, " or "),
            ("always", segment.Always, " or "),
        ];
        foreach (var (word, conditions, joint) in groups)
        {
            if (!conditions.IsEmpty)
            {
                yield return $"{word} {Told(conditions, joint)}";
            }
        }
    }

    private static string Told(ImmutableArray<Condition> conditions, string joint) =>
        string.Join(joint, conditions.Select(condition => condition.Kind == ConditionKind.All
            ? $"({Told(condition.Parts, " and ")})"
            : $"{condition.Kind.ToString().ToLowerInvariant()} `{Asked(condition)}`"));

    private static string Asked(Condition condition)
    {
        var name = condition.Pattern is { } pattern ? $"{condition.Name} matches {pattern}" : condition.Name;
        return string.Join(": ", new[] { name, string.Join(" | ", condition.Values) }.Where(part => part.Length > 0));
    }
}
