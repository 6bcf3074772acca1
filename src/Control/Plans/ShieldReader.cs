using System.Collections.Immutable;
using System.Text.Json;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads and writes which failed canary requests are replayed on stable.</summary>
internal static class ShieldReader
{
    private const string Example = "shield: { methods: [ GET, HEAD, OPTIONS ], maxBody: 64KB, budget: 10% }";
    private static readonly string[] Replayable = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];
    private static readonly Choice<bool> Switch = new(("on", true), ("off", false));

    /// <param name="hasLimit">The plan has a latency objective.</param>
    public static ShieldTerms? Read(PlanSection plan, bool hasLimit, Problems problems)
    {
        var standard = ShieldTerms.Default;
        switch (plan.Find("shield"))
        {
            case null or PlanScalar { Text: "on" }:
                return standard;
            case PlanScalar { Text: "off" }:
                return null;
            case PlanScalar scalar:
                problems.Add(scalar, $"{Shown.Quoted(scalar.Text)} is neither on nor off.", $"Write {Example}, or shield: off.");
                return null;
            case { } node when PlanSection.Open(node, PlanKeys.Shield, Example, problems) is { } shield:
                return new ShieldTerms
                {
                    Methods = Methods(shield, problems) ?? standard.Methods,
                    MaxBody = shield.Value("maxBody", Sizes.Parse)?.Value ?? standard.MaxBody,
                    Budget = shield.Value("budget", Budget)?.Value.BasisPoints / (double)Weight.Whole ?? standard.Budget,
                    Header = shield.Value("header", Switch.Parse)?.Value ?? standard.Header,
                    Hedge = Hedge(shield, hasLimit, problems),
                };
            default:
                return null;
        }
    }

    /// <summary>Only what differs from the defaults: most plans never mention it.</summary>
    public static void Write(Utf8JsonWriter json, ShieldTerms? terms)
    {
        var standard = ShieldTerms.Default;
        if (terms is null)
        {
            json.WriteString("shield", "off");
            return;
        }

        var methodsDiffer = !terms.Methods.SequenceEqual(standard.Methods);
        if (!methodsDiffer && terms with { Methods = standard.Methods } == standard)
        {
            return;
        }

        json.WriteStartObject("shield");
        json.WriteStartArray("methods");
        foreach (var method in terms.Methods)
        {
            json.WriteStringValue(method);
        }

        json.WriteEndArray();
        json.WriteString("maxBody", Sizes.Format(terms.MaxBody));
        json.WriteString("budget", Shares.Format((decimal)terms.Budget * 100));
        json.WriteString("header", Switch.Format(terms.Header));
        if (terms.Hedge)
        {
            json.WriteString("hedge", Switch.Format(true));
        }

        json.WriteEndObject();
    }

    private static Parsed<Weight> Budget(string text) => Shares.Part(text, "Write a share such as 10%, or shield: off.");

    private static bool Hedge(PlanSection shield, bool hasLimit, Problems problems)
    {
        var hedge = shield.Value("hedge", Switch.Parse);
        if (hedge is { Value: true, At: var at } && !hasLimit)
        {
            problems.Add(
                at,
                "Stable is asked when the canary passes the latency limit, and the plan has none.",
                "Add an objective such as { metric: p95, max: 400ms }, or write hedge: off.");
        }

        return hedge?.Value ?? false;
    }

    private static ImmutableArray<string>? Methods(PlanSection shield, Problems problems)
    {
        if (shield.List("methods") is not { } nodes)
        {
            return null;
        }

        if (nodes.Count == 0)
        {
            problems.Add(shield.Find("methods")!, "There are no methods.", "Name one, such as GET, or write shield: off.");
        }

        var methods = ImmutableArray.CreateBuilder<string>();
        foreach (var node in nodes)
        {
            if (shield.Value(node, Method) is not { } method)
            {
                continue;
            }

            if (methods.Contains(method.Value))
            {
                problems.Add(node, $"{method.Value} stands in the list twice.", "Keep one.");
            }

            methods.Add(method.Value);
        }

        return methods.ToImmutable();
    }

    private static Parsed<string> Method(string text) => text switch
    {
        _ when Replayable.Contains(text, StringComparer.Ordinal) => text,
        "POST" or "PATCH" => new Fault(
            $"{text} may act twice when it is sent twice.",
            "Leave it out: it is replayed if it has an Idempotency-Key, or if nothing of it was sent."),
        _ => new Fault($"{Shown.Quoted(text)} is not a method to replay.", $"Use {string.Join(", ", Replayable)}."),
    };
}
