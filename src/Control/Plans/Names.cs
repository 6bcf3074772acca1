using System.Text.RegularExpressions;

namespace Snapback.Control.Plans;

/// <summary>Texts that name something.</summary>
public static partial class Names
{
    private const int Longest = 200;

    /// <summary>A rollout's name stands in URLs, metric labels and store keys: the strictest of their alphabets.</summary>
    internal static Parsed<string> Rollout(string text) => RolloutName().IsMatch(text)
        ? text
        : new Fault(
            $"{Shown.Quoted(text)} is not a rollout's name.",
            "Use 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends.");

    /// <summary>Ids of others (clusters, routes), roles and people: anything that can be printed.</summary>
    internal static Parsed<string> Any(string text) =>
        text.Length is > 0 and <= Longest && text.Trim() == text && IsPrintable(text)
            ? text
            : new Fault(
                $"{Shown.Quoted(text)} is not a name.",
                $"Use 1 to {Longest} printable characters, without blanks at the ends.");

    public static bool IsRollout(string text) => RolloutName().IsMatch(text);

    /// <summary>It can stand in a line of a log or a terminal as it is.</summary>
    internal static bool IsPrintable(string text) => text.EnumerateRunes().All(IsPrintable);

    internal static bool IsToken(string text) => HttpToken().IsMatch(text);

    // A lone surrogate comes out of the enumeration as the replacement character.
    private static bool IsPrintable(System.Text.Rune rune) =>
        rune != System.Text.Rune.ReplacementChar && (!rune.IsBmp || Shown.IsPrintable((char)rune.Value));

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z")]
    private static partial Regex RolloutName();

    [GeneratedRegex(@"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}\z")]
    private static partial Regex HttpToken();
}
