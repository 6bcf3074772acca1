using System.Text.RegularExpressions;
using Snapback.Control.Plans;

namespace Snapback.Control.Import;

/// <summary>A chart's file before Helm filled it in: some are YAML by chance, and would import with braces for values.</summary>
internal static partial class HelmTemplate
{
    /// <returns>Whether it is one, which is then the only problem.</returns>
    public static bool Refuses(string text, Problems problems)
    {
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (line.TrimStart().StartsWith('#'))
            {
                continue;
            }

            foreach (var action in Action().EnumerateMatches(line))
            {
                var rest = line[action.Index..];
                var end = rest.IndexOf("}}");
                problems.Replace(
                    new PlanNull("", number, action.Index + 1),
                    $"This is a chart's template: {Shown.Plain((end < 0 ? rest : rest[..(end + 2)]).ToString())} has a value only when Helm has filled it in.",
                    "Import what it renders: helm template CHART > rendered.yaml");
                return true;
            }
        }

        return false;
    }

    /// <summary>What a chart has and the templates of Flagger's and Argo's queries have not.</summary>
    [GeneratedRegex(@"\{\{-?\s*(?:\w+\s+)*(?:\(\s*)?(?:\$?\.(?:Values|Release|Chart|Capabilities|Template)\b|include\s+\\?"")")]
    private static partial Regex Action();
}
