using Snapback.Control.Plans;

namespace Snapback.Control.Import.Flagger;

/// <summary>
/// Whose requests Flagger sends to the canary: one entry of <c>match</c> is enough, and all of an entry must hold. With iterations it
/// is all of them (A/B), with weights a share of them.
/// </summary>
internal static class FlaggerMatch
{
    /// <returns>Null without conditions, and, with a problem, if none of them can be asked for here.</returns>
    public static PlanMap? Segment(Fields analysis, FlaggerTerms terms)
    {
        var entries = analysis.Maps("match").ToList();
        if (entries.Count == 0)
        {
            return null;
        }

        if (terms.Provider == "kubernetes")
        {
            analysis.Without("match", "Flagger drops conditions with the provider kubernetes, which routes by no header.", "They are left out.");
            return null;
        }

        var understood = entries.Select(entry => Entry(entry, terms)).OfType<List<NativeMap>>().ToList();
        if (understood.Count == 0)
        {
            analysis.Problems.Add(
                analysis.Find("match")!,
                "Nothing of match can be asked of a request here, and without it the canary would meet everybody.",
                "Write the plan natively with a segment, or match a header, a cookie or a query parameter.");
            return null;
        }

        var segment = new NativeMap(analysis.Find("match")!);
        return understood is [var only]
            ? segment.Set("all", [.. only.Select(condition => condition.Node)]).Node
            : segment.Set("any", [.. understood.Select(Together)]).Node;
    }

    private static PlanMap Together(List<NativeMap> conditions) => conditions is [var one]
        ? one.Node
        : new NativeMap(conditions[0].Node).Set("all", [.. conditions.Select(condition => condition.Node)]).Node;

    /// <summary>Null if a part is not understood: without it the entry would take more than was meant.</summary>
    private static List<NativeMap>? Entry(Fields entry, FlaggerTerms terms)
    {
        var conditions = new List<NativeMap?>();
        foreach (var (name, match) in entry.Map("headers")?.At.Entries ?? [])
        {
            conditions.Add(terms.Provider == "nginx" ? OfNginx(name, match, entry.File) : StringMatch.Condition("header", name, match, entry.File));
        }

        foreach (var (name, match) in entry.Map("queryParams")?.At.Entries ?? [])
        {
            conditions.Add(StringMatch.Condition("query", name, match, entry.File));
        }

        entry.Without("sourceLabels", "Labels of the caller's pod cannot be seen in a request.", "The entry is left out; let callers send a header.");
        var others = entry.At.Entries.Keys.Where(key => key is not ("headers" or "queryParams")).ToList();
        foreach (var key in others.Where(key => key != "sourceLabels"))
        {
            entry.Without(
                key,
                $"{Shown.Plain(key)} is none of headers and queryParams, and without it the entry would take more.",
                "The entry is left out.");
        }

        if (conditions.Count == 0 && others.Count == 0)
        {
            entry.Problems.NotUnderstood(entry.At, "The entry asks for nothing, and everybody would match.", "The entry is left out.");
        }

        entry.Close();
        return others.Count == 0 && conditions.Count > 0 && !conditions.Contains(null) ? [.. conditions.OfType<NativeMap>()] : null;
    }

    /// <summary>The ingress takes a cookie's name as the value, and asks for <c>always</c>.</summary>
    private static NativeMap? OfNginx(string name, PlanEntry match, ManifestFile file) =>
        name == "cookie" && match.Value is PlanMap map && map.Entries.TryGetValue("exact", out var exact) && exact.Value is PlanScalar cookie
            ? new NativeMap(cookie).Set("cookie", cookie).Set("in", [NativeMap.Scalar("always", cookie)])
            : StringMatch.Condition("header", name, match, file, isUnanchored: true);
}
