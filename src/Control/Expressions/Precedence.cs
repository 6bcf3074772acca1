namespace Snapback.Control.Expressions;

/// <summary>Which operator binds stronger, as in Argo's language: a condition moved from there must not mean something else here.</summary>
internal static class Precedence
{
    /// <summary>! binds as weakly as these.</summary>
    public const int Products = 5;

    /// <summary>A sign binds as weakly as these.</summary>
    public const int Powers = 6;

    private const int Comparisons = 3;

    public static readonly Dictionary<string, int> Levels = new (int Level, string[] Operators)[]
    {
        (1, ["||", "or"]),
        (2, ["&&", "and"]),
        (Comparisons, ["==", "!=", "<", "<=", ">", ">=", "in", "not", "contains", "startsWith", "endsWith", "matches"]),
        (4, ["+", "-"]),
        (Products, ["*", "/", "%"]),
        (Powers, ["**", "^"]),
        (7, ["??"]),
    }.SelectMany(row => row.Operators.Select(written => (written, row.Level))).ToDictionary(StringComparer.Ordinal);

    /// <param name="before">The operator before it at the same place; empty for none.</param>
    /// <param name="next">An operator.</param>
    /// <exception cref="ExpressionException">Argo's language refuses the two beside each other, or does not read them one after the other.</exception>
    public static void Follow(string before, Token next)
    {
        if (before == "??" && next.Text != "??")
        {
            throw new ExpressionException($"'{next.Text}' at {next.At} is mixed with ??; write parentheses, such as (result ?? 0) < 1.");
        }

        if (Levels[next.Text] == Comparisons && Levels.GetValueOrDefault(before) == Comparisons)
        {
            throw new ExpressionException($"'{next.Text}' at {next.At} compares a comparison; join two with &&, such as 0 < result && result < 1.");
        }
    }
}
