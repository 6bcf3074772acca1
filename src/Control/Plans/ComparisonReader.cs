using System.Collections.Immutable;
using System.Text.Json;
using Snapback.Control.Expressions;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads and writes what of the answers to copies is compared with stable's.</summary>
internal static class ComparisonReader
{
    private const string Example = "compare: { status: on, headers: [ content-type ], json: { ignore: [ $.servedAt ] }, maxDifferent: 1% }";

    private static readonly Choice<bool> Switch = new(("on", true), ("off", false));

    /// <summary>Null if nothing is compared.</summary>
    public static ComparisonTerms? Read(PlanSection shadow, Problems problems)
    {
        switch (shadow.Find("compare"))
        {
            case null or PlanScalar { Text: "off" }:
                return null;
            case PlanScalar { Text: "on" }:
                return new ComparisonTerms { Json = true };
            case PlanScalar scalar:
                problems.Add(scalar, $"{Shown.Quoted(scalar.Text)} does not say what is compared.", $"Write {Example}, or compare: on.");
                return null;
            case { } node when PlanSection.Open(node, PlanKeys.Compare, Example, problems) is { } compare:
                var (json, ignore) = Json(compare, problems);
                return new ComparisonTerms
                {
                    Status = compare.Value("status", Switch.Parse)?.Value ?? true,
                    Headers = [.. compare.Names("headers", StringComparer.OrdinalIgnoreCase)],
                    Json = json,
                    Ignore = ignore,
                    MaxDifferent = compare.Value("maxDifferent", Tolerated)?.Value.BasisPoints / (double)Weight.Whole,
                };
            default:
                return null;
        }
    }

    public static void Write(Utf8JsonWriter json, ComparisonTerms terms)
    {
        json.WriteStartObject("compare");
        json.WriteString("status", Switch.Format(terms.Status));
        List(json, "headers", terms.Headers);
        if (terms.Ignore.IsEmpty)
        {
            json.WriteString("json", Switch.Format(terms.Json));
        }
        else
        {
            json.WriteStartObject("json");
            List(json, "ignore", terms.Ignore);
            json.WriteEndObject();
        }

        if (terms.MaxDifferent is { } most)
        {
            json.WriteString("maxDifferent", Shares.Format((decimal)most * 100));
        }

        json.WriteEndObject();
    }

    private static (bool Json, ImmutableArray<string> Ignore) Json(PlanSection compare, Problems problems)
    {
        switch (compare.Find("json"))
        {
            case null:
                return (false, []);
            case PlanScalar scalar:
                return (compare.Value(scalar, Switch.Parse)?.Value ?? false, []);
            case { } node when PlanSection.Open(node, ["ignore"], "json: { ignore: [ $.servedAt, '$.items[*].id' ] }", problems) is { } json:
                return (
                    true,
                    [.. (json.List("ignore") ?? [])
                        .Select(path => json.Value(path, Path)?.Value)
                        .OfType<string>()
                        .Distinct(StringComparer.Ordinal)]);
            default:
                return (true, []);
        }
    }

    private static Parsed<string> Path(string text) => JsonPath.TryParse(text, out _, out var error)
        ? text
        : new Fault($"{Shown.Quoted(text)} is no path: {error}", "Write one such as $.servedAt or $.items[*].id.");

    private static Parsed<Weight> Tolerated(string text) =>
        Shares.Part(text, "Write the share of answers that may differ, such as 1%.");

    private static void List(Utf8JsonWriter json, string key, ImmutableArray<string> items)
    {
        json.WriteStartArray(key);
        foreach (var item in items)
        {
            json.WriteStringValue(item);
        }

        json.WriteEndArray();
    }
}
