using System.Collections.Immutable;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads where a request's sticky key is looked for.</summary>
internal static class StickyReader
{
    private const string Example = "sticky: { by: cookie:session, or: [ ip ] }";

    public static ImmutableArray<StickyKey> Read(PlanSection plan, Problems problems)
    {
        if (plan.Find("sticky") is not { } node || node is PlanScalar { Text: "off" or "none" })
        {
            return [];
        }

        if (node is PlanScalar scalar)
        {
            problems.Add(node, $"{Shown.Quoted(scalar.Text)} is not off.", $"Write {Example}, or sticky: off.");
            return [];
        }

        if (PlanSection.Open(node, PlanKeys.Sticky, Example, problems) is not { } sticky)
        {
            return [];
        }

        if (sticky.Find("by") is null)
        {
            sticky.Missing("by", "There is no key to stick to.", $"Write {Example}, or sticky: off.");
        }

        return Keys(sticky, problems);
    }

    private static ImmutableArray<StickyKey> Keys(PlanSection sticky, Problems problems)
    {
        PlanNode[] nodes = [.. sticky.Find("by") is { } by ? [by] : Array.Empty<PlanNode>(), .. sticky.List("or") ?? []];
        var keys = ImmutableArray.CreateBuilder<StickyKey>();
        foreach (var node in nodes)
        {
            if (sticky.Value(node, Key) is not { } key)
            {
                continue;
            }

            if (keys.Contains(key.Value))
            {
                problems.Add(node, $"{key.Value} is looked for twice.", "Keep one.");
            }

            keys.Add(key.Value);
        }

        return keys.ToImmutable();
    }

    private static Parsed<StickyKey> Key(string text)
    {
        var (source, name) = text.Split(':', 2) is [var before, var after] ? (before, after) : (text, "");
        return (source, Names.IsToken(name)) switch
        {
            ("ip", _) when text == "ip" => new StickyKey(StickySource.Ip, ""),
            ("cookie", true) => new StickyKey(StickySource.Cookie, name),
            ("header", true) => new StickyKey(StickySource.Header, name),
            _ => new Fault($"{Shown.Quoted(text)} is not a place for a sticky key.", "Use cookie:NAME, header:NAME or ip."),
        };
    }
}
