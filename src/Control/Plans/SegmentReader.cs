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

        if (!condition.Values.IsEmpty)
        {
            json.WriteStartArray(condition.IsNamed ? In : kind);
            condition.Values.ToList().ForEach(json.WriteStringValue);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static ImmutableArray<Condition> Conditions(PlanSection segment, string key, Problems problems) =>
        [.. (segment.List(key) ?? []).Select(item => Condition(item, problems)).OfType<Condition>()];

    private static Condition? Condition(PlanNode node, Problems problems)
    {
        if (PlanSection.Open(node, [.. Kinds, In], ConditionExample, problems) is not { } condition)
        {
            return null;
        }

        var kinds = Kinds.Where(kind => condition.Find(kind) is not null).ToList();
        if (kinds.Count != 1)
        {
            problems.Add(node, $"A condition has one of {string.Join(", ", Kinds)}; this one has {(kinds.Count == 0 ? "none" : string.Join(" and ", kinds))}.", $"Write {ConditionExample}.");
            return null;
        }

        var kind = (ConditionKind)Array.IndexOf(Kinds, kinds[0]);
        var made = new Condition(kind, "", []);
        if (!made.IsNamed)
        {
            NoIn(condition, kinds[0], problems);
            return made with { Values = [.. Texts(condition, kinds[0], text => Listed(kind, text))] };
        }

        if (kind == ConditionKind.Flag)
        {
            NoIn(condition, kinds[0], problems);
        }

        var name = condition.Value(kinds[0], text => kind is ConditionKind.Header or ConditionKind.Cookie ? Token(text) : Names.Any(text));
        return made with { Name = name?.Value ?? "", Values = kind == ConditionKind.Flag ? [] : [.. Texts(condition, In, Text)] };
    }

    private static void NoIn(PlanSection condition, string kind, Problems problems)
    {
        if (condition.Find(In) is { } values)
        {
            problems.Add(values, $"A condition on {kind} has no 'in'.", kind == "flag" ? "A flag is on or off; remove it." : $"Write the values at {kind}.");
        }
    }

    /// <summary>A list of values, or one of them alone.</summary>
    private static IEnumerable<string> Texts(PlanSection condition, string key, Func<string, Parsed<string>> parse) =>
        (condition.Find(key) is PlanScalar one ? [one] : condition.List(key) ?? [])
            .Select(node => condition.Value(node, parse)?.Value).OfType<string>();

    private static Parsed<string> Listed(ConditionKind kind, string text) => kind switch
    {
        ConditionKind.Cidr => Network(text),
        ConditionKind.Path => Path(text),
        ConditionKind.Method => Names.IsToken(text) ? text.ToUpperInvariant() : new Fault($"{Shown.Quoted(text)} is not a method.", "Write, say, GET."),
        _ => Text(text),
    };

    private static Parsed<string> Token(string text) =>
        Names.IsToken(text) ? text : new Fault($"{Shown.Quoted(text)} is not a header's or a cookie's name.", "Write it as it is sent, such as X-Plan.");

    private static Parsed<string> Text(string text) => Names.Any(text).Fault is null
        ? text
        : new Fault($"{Shown.Quoted(text)} is not a value.", "Write 1 to 200 printable characters without blanks at the ends; a value that ends in * is a beginning.");

    private static Parsed<string> Path(string text) => text is ['/', ..] && !text.TrimEnd('*').Contains('*') && (text[^1] != '*' || text.EndsWith("/**", StringComparison.Ordinal)) && text.All(Shown.IsPrintable)
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
