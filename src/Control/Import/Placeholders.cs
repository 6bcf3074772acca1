using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using Snapback.Control.Plans;

namespace Snapback.Control.Import;

/// <summary>Fills the gaps of a template's text.</summary>
internal static class Placeholders
{
    /// <summary>As long as a query may be. One value in many gaps would otherwise make a small file a huge one.</summary>
    private const int Longest = 10_000;

    /// <param name="gap">Its first group is the name.</param>
    /// <param name="filled">Null if it would be too long.</param>
    public static bool TryFill(Regex gap, string text, Func<string, string> valueOf, [NotNullWhen(true)] out string? filled)
    {
        var whole = new StringBuilder();
        var end = 0;
        foreach (Match match in gap.Matches(text))
        {
            whole.Append(text, end, match.Index - end);
            var value = valueOf(match.Groups[1].Value);
            if (whole.Length + value.Length > Longest)
            {
                filled = null;
                return false;
            }

            whole.Append(value);
            end = match.Index + match.Length;
        }

        filled = end == 0 ? text : whole.Append(text, end, text.Length - end).ToString();
        return true;
    }

    public static void RefuseLength(PlanNode at, Problems problems) =>
        problems.Add(at, $"With its gaps filled the text is longer than {Longest} characters.", "Shorten what it is filled with.");
}
