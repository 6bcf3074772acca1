using System.Collections.Immutable;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads where a request's sticky key is looked for, and the function from the key to the draw.</summary>
internal static class StickyReader
{
    private const string Example = "sticky: { by: cookie:session, or: [ ip ] }";
    private const int LongestSeed = 200;

    /// <summary>What stands in the plan's <c>sticky</c>; no keys if it is off.</summary>
    internal readonly record struct Terms(ImmutableArray<StickyKey> Keys, Bucketing Bucketing, string? Seed);

    private static readonly Terms None = new([], Bucketing.Fast, null);

    public static Terms Read(PlanSection plan, Located<string>? flag, Problems problems)
    {
        if (plan.Find("sticky") is not { } node || node is PlanScalar { Text: "off" or "none" })
        {
            return None;
        }

        if (node is PlanScalar scalar)
        {
            problems.Add(node, $"{Shown.Quoted(scalar.Text)} is not off.", $"Write {Example}, or sticky: off.");
            return None;
        }

        if (PlanSection.Open(node, PlanKeys.Sticky, Example, problems) is not { } sticky)
        {
            return None;
        }

        if (sticky.Find("by") is null)
        {
            sticky.Missing("by", "There is no key to stick to.", $"Write {Example}, or sticky: off.");
        }

        var bucketing = Bucketed(sticky, flag, problems);
        var seed = sticky.Value("seed", Seed);
        if (seed is { } text && bucketing == Bucketing.Fast)
        {
            problems.Add(text.At, "Only bucketing: featureManagement takes a seed.", "Add bucketing: featureManagement, or remove the seed.");
        }

        return new Terms(Keys(sticky, problems), bucketing, seed?.Value);
    }

    /// <summary>Beside a flag there is no choice: whoever evaluates it must come to the same answer as the traffic.</summary>
    private static Bucketing Bucketed(PlanSection sticky, Located<string>? flag, Problems problems)
    {
        var named = sticky.Value("bucketing", Choices.Bucketing.Parse);
        if (flag is null)
        {
            return named?.Value ?? Bucketing.Fast;
        }

        if (named is { Value: Bucketing.Fast } fast)
        {
            problems.Add(
                fast.At,
                $"Applications that evaluate flag '{flag.Value}' bucket their users in another way.",
                "Remove bucketing; beside a flag it is featureManagement.");
        }

        foreach (var node in (PlanNode[])[.. sticky.Find("by") is { } by ? [by] : Array.Empty<PlanNode>(), .. sticky.List("or") ?? []])
        {
            if (node is PlanScalar { Text: "signedCookie" })
            {
                problems.Add(
                    node,
                    $"A signed cookie is Snapback's own and no user's name: an application could not ask flag '{flag.Value}' for the same user.",
                    "Use what the application knows its users by, such as header:X-User-Id.");
            }
        }

        return Bucketing.FeatureManagement;
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
            else if (keys is [.., { Source: StickySource.SignedCookie }])
            {
                problems.Add(node, $"{key.Value} is never looked for: whoever has no signed cookie gets one.", "Put signedCookie last.");
            }

            keys.Add(key.Value);
        }

        return keys.ToImmutable();
    }

    private static Parsed<StickyKey> Key(string text)
    {
        var (source, name) = text.Split(':', 2) is [var before, var after] ? (before, after) : (text, "");
        return source switch
        {
            "ip" when text == "ip" => new StickyKey(StickySource.Ip, ""),
            "signedCookie" when text == "signedCookie" => new StickyKey(StickySource.SignedCookie, ""),
            "cookie" when Names.IsToken(name) => new StickyKey(StickySource.Cookie, name),
            "header" when Names.IsToken(name) => new StickyKey(StickySource.Header, name),
            // A claim's type may be a URI.
            "claim" when Names.Any(name).Fault is null => new StickyKey(StickySource.Claim, name),
            _ => new Fault($"{Shown.Quoted(text)} is not a place for a sticky key.", "Use cookie:NAME, header:NAME, claim:NAME, ip or signedCookie."),
        };
    }

    /// <summary>The library's own seeds have a line feed in them.</summary>
    private static Parsed<string> Seed(string text) => text.Length is > 0 and <= LongestSeed && text.All(c => c == '\n' || Shown.IsPrintable(c))
        ? text
        : new Fault($"{Shown.Quoted(text)} is not a seed.", $"Use 1 to {LongestSeed} printable characters; a line feed is written \"\\n\".");
}
