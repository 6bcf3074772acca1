using System.Text.RegularExpressions;

namespace Snapback.Control.Expressions;

/// <summary>What the operators do with values. A value of the wrong kind is an error and never a guess.</summary>
internal static class Operators
{
    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    private static readonly TimeSpan LongestMatch = TimeSpan.FromMilliseconds(50);

    public static Term Binary(string op, Term left, Term right) => op switch
    {
        "||" or "or" => scope => Truth(left(scope), op) || Truth(right(scope), op),
        "&&" or "and" => scope => Truth(left(scope), op) && Truth(right(scope), op),
        "??" => scope => left(scope) ?? right(scope),
        "==" => scope => Same(left(scope), right(scope)),
        "!=" => scope => !Same(left(scope), right(scope)),
        "<" or "<=" or ">" or ">=" => scope => Compare(op, left(scope), right(scope)),
        "in" => scope => In(left(scope), right(scope)),
        "not in" => scope => !In(left(scope), right(scope)),
        "contains" => scope => Text(left(scope), op).Contains(Text(right(scope), op), StringComparison.Ordinal),
        "startsWith" => scope => Text(left(scope), op).StartsWith(Text(right(scope), op), StringComparison.Ordinal),
        "endsWith" => scope => Text(left(scope), op).EndsWith(Text(right(scope), op), StringComparison.Ordinal),
        "matches" => scope => Matches(Text(left(scope), op), Text(right(scope), op)),
        "+" => scope => (left(scope), right(scope)) switch
        {
            (string a, string b) => a + b,
            var (a, b) => Number(a, op) + Number(b, op),
        },
        "-" => scope => Number(left(scope), op) - Number(right(scope), op),
        "*" => scope => Number(left(scope), op) * Number(right(scope), op),
        "/" => scope => Number(left(scope), op) / Number(right(scope), op),
        "%" => scope => Number(left(scope), op) % Number(right(scope), op),
        _ => scope => Math.Pow(Number(left(scope), op), Number(right(scope), op)),
    };

    public static bool Truth(object? value, string op) => value is bool truth
        ? truth
        : throw new ExpressionException($"{op} takes true or false, not {Kind(value)}.");

    public static double Number(object? value, string op) => value is double number
        ? number
        : throw new ExpressionException($"{op} takes a number, not {Kind(value)}.");

    public static string Text(object? value, string op) => value as string ?? throw new ExpressionException($"{op} takes text, not {Kind(value)}.");

    public static IReadOnlyList<object?> List(object? value, string op) =>
        value as IReadOnlyList<object?> ?? throw new ExpressionException($"{op} takes a list, not {Kind(value)}.");

    public static object? Member(object? owner, string name, bool isOptional) => owner switch
    {
        null when isOptional => null,
        IReadOnlyDictionary<string, object?> map => map.GetValueOrDefault(name),
        _ => throw new ExpressionException($".{name} takes a map, not {Kind(owner)}."),
    };

    public static object? Index(object? owner, object? index)
    {
        if (owner is IReadOnlyDictionary<string, object?> map)
        {
            return map.GetValueOrDefault(Text(index, "[ ]"));
        }

        var list = List(owner, "[ ]");
        var at = Number(index, "[ ]");
        var place = at < 0 ? at + list.Count : at;
        return place >= 0 && place < list.Count && place == Math.Truncate(place)
            ? list[(int)place]
            : throw new ExpressionException($"There is no element {at} in a list of {list.Count}.");
    }

    /// <returns>Why <c>matches</c> cannot use a pattern; null if it can.</returns>
    public static string? PatternFault(string pattern)
    {
        try
        {
            _ = new Regex(pattern, Linear);
            return null;
        }
        catch (NotSupportedException)
        {
            return "it looks around or back, or repeats too much to be matched in linear time";
        }
        catch (ArgumentException)
        {
            return "it is no regular expression";
        }
    }

    public static bool Same(object? left, object? right) => (left, right) switch
    {
        (IReadOnlyList<object?> a, IReadOnlyList<object?> b) => a.Count == b.Count && a.Zip(b).All(pair => Same(pair.First, pair.Second)),
        // NaN is not itself, as the operator of every language has it.
        (double a, double b) => a == b,
        _ => Equals(left, right),
    };

    public static string Kind(object? value) => value switch
    {
        null => "nil",
        double => "a number",
        string => "text",
        bool => "true or false",
        IReadOnlyList<object?> => "a list",
        _ => "a map",
    };

    private static bool Compare(string op, object? left, object? right)
    {
        if (left is string a && right is string b)
        {
            var order = string.CompareOrdinal(a, b);
            return op switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };
        }

        var (x, y) = (Number(left, op), Number(right, op));
        return op switch { "<" => x < y, "<=" => x <= y, ">" => x > y, _ => x >= y };
    }

    private static bool In(object? value, object? owner) => owner switch
    {
        IReadOnlyDictionary<string, object?> map => map.ContainsKey(Text(value, "in")),
        _ => List(owner, "in").Any(item => Same(item, value)),
    };

    private static bool Matches(string text, string pattern)
    {
        try
        {
            return Regex.IsMatch(text, pattern, Linear, LongestMatch);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or RegexMatchTimeoutException)
        {
            throw new ExpressionException("The pattern of matches cannot be used: it is malformed, looks around or back, or takes too long.");
        }
    }
}
