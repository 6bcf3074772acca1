using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads and writes who is eligible for the canary.</summary>
internal static class SegmentReader
{
    private const string Example = "segment: { all: [ { header: X-Plan, in: [ gold ] } ], never: [ { path: /admin/** } ] }";
    private const string ConditionExample = "{ header: X-Plan, in: [ gold ] }, { cidr: [ 10.0.0.0/8 ] } or { path: [ /api/** ] }";
    private const string In = "in";
    private const string Matches = "matches";

    private static readonly string[] Kinds = [.. Enum.GetNames<ConditionKind>().Select(name => name.ToLowerInvariant())];

    public static Segment Read(PlanSection plan, Problems problems)
    {
        if (plan.Find("segment") is not { } node || node is PlanScalar { Text: "off" })
        {
            return Segment.Everybody;
        }

        return PlanSection.Open(node, PlanKeys.Segment, Example, problems) is not { } segment ? Segment.Everybody : new Segment
        {
            All = Conditions(segment, "all", problems),
            Any = Conditions(segment, "any", problems),
            Never = Conditions(segment, "never", problems),
            Always = Conditions(segment, "always", problems),
        };
    }

    public static void Write(Utf8JsonWriter json, Segment segment)
    {
        if (segment.IsEverybody)
        {
            return;
        }

        json.WriteStartObject("segment");
        foreach (var (key, conditions) in new[] { ("all", segment.All), ("any", segment.Any), ("never", segment.Never), ("always", segment.Always) })
        {
            if (!conditions.IsEmpty)
            {
                json.WriteStartArray(key);
                conditions.ToList().ForEach(condition => Write(json, condition));
                json.WriteEndArray();
            }
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Condition condition)
    {
        var kind = Kinds[(int)condition.Kind];
        json.WriteStartObject();
        if (condition.IsNamed)
        {
            json.WriteString(kind, condition.Name);
        }

        if (condition.Pattern is { } pattern)
        {
            json.WriteString(Matches, pattern);
        }

        if (condition.Kind == ConditionKind.All)
        {
            json.WriteStartArray(kind);
            condition.Parts.ToList().ForEach(part => Write(json, part));
            json.WriteEndArray();
        }

        if (!condition.Values.IsEmpty)
        {
            json.WriteStartArray(condition.IsNamed ? In : kind);
            condition.Values.ToList().ForEach(json.WriteStringValue);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static ImmutableArray<Condition> Conditions(PlanSection segment, string key, Problems problems)
    {
        if (segment.Find(key) is PlanList { Items.Count: 0 } empty)
        {
            problems.Add(empty, "The list is empty, and says nothing of anybody.", "Name conditions, or remove it.");
        }

        return Conditions(segment, key, [.. Kinds, In, Matches], problems);
    }

    private static ImmutableArray<Condition> Conditions(PlanSection section, string key, string[] keys, Problems problems) =>
        [.. (section.List(key) ?? []).Select(item => Condition(item, keys, problems)).OfType<Condition>()];

    private static Condition? Condition(PlanNode node, string[] keys, Problems problems)
    {
        if (PlanSection.Open(node, keys, ConditionExample, problems) is not { } condition)
        {
            return null;
        }

        var possible = Kinds.Where(keys.Contains).ToList();
        var kinds = possible.Where(kind => condition.Find(kind) is not null).ToList();
        if (kinds.Count != 1)
        {
            var found = kinds.Count == 0 ? "none" : string.Join(" and ", kinds);
            problems.Add(
                node,
                $"A condition has one of {string.Join(", ", possible)}; this one has {found}.",
                $"Write {ConditionExample}.");
            return null;
        }

        var kind = (ConditionKind)Array.IndexOf(Kinds, kinds[0]);
        var made = new Condition(kind, "", []);
        if (!made.IsNamed || kind == ConditionKind.Flag)
        {
            NoValues(condition, kinds[0], problems);
        }

        if (kind == ConditionKind.All)
        {
            if (condition.Find(kinds[0]) is PlanList { Items.Count: 0 } empty)
            {
                problems.Add(empty, "The list is empty, and would hold for everybody.", "Name conditions, or remove it.");
            }

            // Without the key for parts: all parts of a part must hold too, so that they can stand beside it.
            return made with { Parts = Conditions(condition, kinds[0], [.. keys.Where(key => key != kinds[0])], problems) };
        }

        return made.IsNamed
            ? Named(condition, made, kinds[0], problems)
            : made with { Values = Texts(condition, kinds[0], text => Listed(kind, text), problems) };
    }

    private static Condition Named(PlanSection condition, Condition made, string key, Problems problems)
    {
        var name = condition.Value(
            key, text => made.Kind is ConditionKind.Header or ConditionKind.Cookie ? Token(text) : Names.Any(text))?.Value
            ?? "";
        if (made.Kind == ConditionKind.Flag)
        {
            return made with { Name = name };
        }

        if (condition.Find(In) is not null && condition.Find(Matches) is { } both)
        {
            problems.Add(both, "A condition has 'in' or 'matches', not both.", "Write two conditions, or all values as one expression.");
        }

        return made with { Name = name, Values = Texts(condition, In, Text, problems), Pattern = condition.Value(Matches, Pattern)?.Value };
    }

    private static void NoValues(PlanSection condition, string kind, Problems problems)
    {
        foreach (var key in (string[])[In, Matches])
        {
            if (condition.Find(key) is { } values)
            {
                problems.Add(
                    values,
                    $"A condition on {kind} has no '{key}'.",
                    kind switch
                    {
                        "flag" => "A flag is on or off; remove it.",
                        "all" => "Remove it.",
                        _ => $"Write the values at {kind}.",
                    });
            }
        }
    }

    private static Parsed<string> Pattern(string text) => ValuePattern.Fault(text) is { } fault
        ? new Fault(
            $"{Shown.Quoted(text)} is not a regular expression for a value: {fault}.",
            "Write, say, beta-[0-9]+; it must match the whole value.")
        : text;

    /// <summary>A list of values, or one of them alone.</summary>
    private static ImmutableArray<string> Texts(PlanSection condition, string key, Func<string, Parsed<string>> parse, Problems problems)
    {
        if (condition.Find(key) is PlanList { Items.Count: 0 } empty)
        {
            problems.Add(
                empty, "The list is empty.", key == In ? "Name values, or leave 'in' out if any value will do." : "Name values, or remove the condition.");
        }

        var values = (condition.Find(key) is PlanScalar one ? [one] : condition.List(key) ?? [])
            .Select(node => condition.Value(node, parse)?.Value).OfType<string>().ToImmutableArray();
        foreach (var value in values.Where(value => value.Trim('*').Contains('*')))
        {
            problems.Note(
                $"{Shown.Quoted(value)} in the segment has a * in its middle, where it stands for itself; for anything, write an expression, such as " +
                "matches: \"v1-.*-beta\".");
        }

        return values;
    }

    private static Parsed<string> Listed(ConditionKind kind, string text) => kind switch
    {
        ConditionKind.Cidr => Network(text),
        ConditionKind.Path => Path(text),
        ConditionKind.Method => Names.IsToken(text)
            ? text.ToUpperInvariant()
            : new Fault($"{Shown.Quoted(text)} is not a method.", "Write, say, GET."),
        _ => Text(text),
    };

    private static Parsed<string> Token(string text) =>
        Names.IsToken(text)
            ? text
            : new Fault($"{Shown.Quoted(text)} is not a header's or a cookie's name.", "Write it as it is sent, such as X-Plan.");

    private static Parsed<string> Text(string text) => Names.Any(text).Fault is null
        ? text
        : new Fault(
            $"{Shown.Quoted(text)} is not a value.",
            "Write 1 to 200 printable characters without blanks at the ends; a * at an end stands for anything.");

    private static Parsed<string> Path(string text) =>
        text is ['/', ..]
            && !text.TrimEnd('*').Contains('*')
            && (text[^1] != '*' || text.EndsWith("/**", StringComparison.Ordinal))
            && text.All(Shown.IsPrintable)
            ? text
            : new Fault($"{Shown.Quoted(text)} is not a path.", "Write /cart for one path, /api/** for it and all below it.");

    private static Parsed<string> Network(string text)
    {
        if (IPNetwork.TryParse(text, out var network))
        {
            return network.ToString();
        }

        return IPAddress.TryParse(text, out var address)
            ? address.ToString()
            : new Fault($"{Shown.Quoted(text)} is no network and no address.", "Write, say, 10.0.0.0/8 or 192.0.2.7.");
    }
}
