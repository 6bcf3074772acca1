using System.Collections.Immutable;
using System.Text.Json;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads and writes how a shadow step copies requests.</summary>
internal static class ShadowReader
{
    private const string Example = "shadow: { share: 100%, methods: [ GET ] }";

    /// <summary>At this many copies the canary has shown what a first look can show; a plan that says more has a step of its own.</summary>
    private const int Requests = 1000;

    private const int MostWaiting = 10_000;
    private const int MostAtOnce = 1000;

    private static readonly string[] Safe = ["GET", "HEAD", "OPTIONS"];

    /// <summary>Null where nothing is copied. A plan that shadows and has no step for it begins with one.</summary>
    public static ShadowTerms? Read(PlanSection plan, ref ImmutableArray<Step> steps, bool isFlagFirst, Problems problems)
    {
        var given = plan.Find("shadow");
        var terms = given switch
        {
            null => null,
            PlanScalar { Text: "off" or "none" } => null,
            PlanScalar scalar => Unclear(scalar, problems),
            _ => PlanSection.Open(given, PlanKeys.Shadow, Example, problems) is { } section ? Terms(section, problems) : null,
        };
        var copies = steps.Any(step => step.IsShadow);
        if (copies && given is PlanScalar { Text: "off" or "none" })
        {
            problems.Add(given, "A step shadows, and shadow is off.", "Remove the step, or the key.");
        }

        if (isFlagFirst && (copies || terms is not null))
        {
            problems.Add(
                given ?? plan.At,
                "A flag without a canary cluster tells the arms apart by user: there is no second service to send copies to.",
                "Name a canary, or remove what shadows.");
        }

        if (terms is { Share: var share } && !copies && !problems.Any)
        {
            steps = [new Step(Weight.Zero, TimeSpan.Zero, Requests) { Shadow = share }, .. steps];
            problems.Note(
                $"No step shadows; one that copies {share} of the requests until {Requests} copies are answered was put before the others.");
        }

        return terms ?? (copies ? ShadowTerms.Default : null);
    }

    /// <summary>Only what differs from the defaults: the step says that it shadows.</summary>
    public static void Write(Utf8JsonWriter json, ShadowTerms? terms)
    {
        if (terms is null || terms.IsDefault)
        {
            return;
        }

        json.WriteStartObject("shadow");
        json.WriteString("share", terms.Share.ToString());
        List(json, "methods", terms.Methods);
        json.WriteString("timeout", Durations.Format(terms.Timeout));
        json.WriteNumber("queue", terms.Queue);
        json.WriteNumber("concurrency", terms.Concurrency);
        if (!terms.Credentials.IsEmpty)
        {
            List(json, "credentials", terms.Credentials);
        }

        if (terms.Compare is { } compare)
        {
            ComparisonReader.Write(json, compare);
        }

        json.WriteEndObject();
    }

    private static ShadowTerms? Unclear(PlanScalar scalar, Problems problems)
    {
        problems.Add(scalar, $"{Shown.Quoted(scalar.Text)} does not say what is copied.", $"Write {Example}, or shadow: off.");
        return null;
    }

    private static ShadowTerms Terms(PlanSection section, Problems problems)
    {
        var standard = ShadowTerms.Default;
        return new ShadowTerms
        {
            Share = section.Value("share", text => Shares.Part(text, "Write a share such as 10%, or shadow: off."))?.Value ?? standard.Share,
            Methods = Methods(section, problems) ?? standard.Methods,
            Timeout = section.Value("timeout", DurationReader.Parse)?.Value ?? standard.Timeout,
            Queue = section.Value("queue", text => UpTo(text, MostWaiting))?.Value ?? standard.Queue,
            Concurrency = section.Value("concurrency", text => UpTo(text, MostAtOnce))?.Value ?? standard.Concurrency,
            Compare = ComparisonReader.Read(section, problems),
            Credentials = [.. section.Names("credentials", StringComparer.OrdinalIgnoreCase)],
        };
    }

    private static ImmutableArray<string>? Methods(PlanSection section, Problems problems)
    {
        if (section.Find("methods") is not { } at)
        {
            return null;
        }

        var nodes = section.List("methods");
        if (nodes is { Count: 0 })
        {
            problems.Add(at, "There are no methods.", "Name one, such as GET, or write shadow: off.");
        }

        return [.. (nodes ?? []).Select(node => section.Value(node, Method)?.Value).OfType<string>().Distinct()];
    }

    private static Parsed<string> Method(string text) => Safe.Contains(text, StringComparer.Ordinal)
        ? text
        : new Fault(
            $"{Shown.Quoted(text)} is not a method to copy.",
            $"A copy acts a second time, so only safe ones are: {string.Join(", ", Safe)}.");

    private static Parsed<int> UpTo(string text, int most) =>
        Numbers.Parse(text) is { Fault: null, Value: >= 1 and var value } && value <= most && decimal.IsInteger(value)
            ? (int)value
            : new Fault(
                $"{Shown.Quoted(text)} is not a whole number from 1 to {most}.",
                "Each may hold a request's headers or a connection; write, say, 100.");

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
