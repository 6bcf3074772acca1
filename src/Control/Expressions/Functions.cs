using System.Globalization;

namespace Snapback.Control.Expressions;

/// <summary>The functions of an expression.</summary>
internal static class Functions
{
    /// <summary>Those that run a predicate over a list.</summary>
    public static readonly Dictionary<string, Func<IReadOnlyList<object?>, Func<object?, object?>, object?>> OverLists = new(StringComparer.Ordinal)
    {
        ["all"] = (list, test) => list.All(item => Operators.Truth(test(item), "all")),
        ["any"] = (list, test) => list.Any(item => Operators.Truth(test(item), "any")),
        ["none"] = (list, test) => !list.Any(item => Operators.Truth(test(item), "none")),
        ["one"] = (list, test) => list.Count(item => Operators.Truth(test(item), "one")) == 1,
        ["count"] = (list, test) => (double)list.Count(item => Operators.Truth(test(item), "count")),
        ["filter"] = (list, test) => list.Where(item => Operators.Truth(test(item), "filter")).ToList(),
        ["map"] = (list, test) => list.Select(test).ToList(),
    };

    public static readonly Dictionary<string, PlainFunction> Plain = new(StringComparer.Ordinal)
    {
        ["asFloat"] = new(1, values => Float(values[0], "asFloat")),
        ["float"] = new(1, values => Float(values[0], "float")),
        ["asInt"] = new(1, values => Whole(values[0], "asInt")),
        ["int"] = new(1, values => Whole(values[0], "int")),
        ["isNaN"] = new(1, values => values[0] is double.NaN or IReadOnlyList<object?> and [double.NaN]),
        ["isInf"] = new(1, values => values[0] is double number && double.IsInfinity(number)),
        ["isNil"] = new(1, values => values[0] is null),
        // Argo: the default stands for nil, for an empty list and for a list of one NaN or nil.
        ["default"] = new(
            2,
            values => IsNothing(values[0]) ? values[1]
                : values[0] is IReadOnlyList<object?> { Count: 1 } list && values[1] is not IReadOnlyList<object?> ? list[0]
                : values[0]),
        ["len"] = new(1, values => (double)Length(values[0])),
        ["string"] = new(1, values => values[0] switch
        {
            null => "nil",
            bool truth => truth ? "true" : "false",
            double number => number.ToString(CultureInfo.InvariantCulture),
            string text => text,
            var other => throw new ExpressionException($"string takes a number, text, true or false, or nil, not {Operators.Kind(other)}."),
        }),
        ["abs"] = new(1, values => Math.Abs(Operators.Number(values[0], "abs"))),
        ["ceil"] = new(1, values => Math.Ceiling(Operators.Number(values[0], "ceil"))),
        ["floor"] = new(1, values => Math.Floor(Operators.Number(values[0], "floor"))),
        ["round"] = new(1, values => Math.Round(Operators.Number(values[0], "round"), MidpointRounding.AwayFromZero)),
        ["max"] = new(null, values => Numbers(values, "max").Max()),
        ["min"] = new(null, values => Numbers(values, "min").Min()),
        ["sum"] = new(null, values => Numbers(values, "sum").Sum()),
        ["mean"] = new(null, values => Numbers(values, "mean").Average()),
        ["first"] = new(1, values => Operators.List(values[0], "first") is [var first, ..] ? first : null),
        ["last"] = new(1, values => Operators.List(values[0], "last") is [.., var last] ? last : null),
        ["lower"] = new(1, values => Operators.Text(values[0], "lower").ToLowerInvariant()),
        ["upper"] = new(1, values => Operators.Text(values[0], "upper").ToUpperInvariant()),
        ["trim"] = new(1, values => Operators.Text(values[0], "trim").Trim()),
    };

    private static bool IsNothing(object? value) =>
        value is null or double.NaN or IReadOnlyList<object?> { Count: 0 } or IReadOnlyList<object?> and [null or double.NaN];

    private static double Float(object? value, string name) => value switch
    {
        double number => number,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new ExpressionException($"{name} takes a number, or a text that is one, not {Operators.Kind(value)}."),
    };

    private static double Whole(object? value, string name) => Math.Truncate(Float(value, name)) is var whole && double.IsFinite(whole)
        ? whole
        : throw new ExpressionException($"{name} takes a finite number.");

    private static int Length(object? value) => value switch
    {
        string text => text.Length,
        IReadOnlyDictionary<string, object?> map => map.Count,
        _ => Operators.List(value, "len").Count,
    };

    private static List<double> Numbers(object?[] values, string name)
    {
        var numbers = values.SelectMany(value => value is IReadOnlyList<object?> list ? list : [value])
            .Select(value => Operators.Number(value, name))
            .ToList();
        return numbers.Count > 0 ? numbers : throw new ExpressionException($"{name} of nothing is no number.");
    }
}

/// <param name="Count">How many arguments it takes; null for one or more.</param>
internal sealed record PlainFunction(int? Count, Func<object?[], object?> Run)
{
    public string Arguments => Count switch { null => "one or more arguments", 1 => "one argument", _ => $"{Count} arguments" };

    public bool Takes(int count) => Count is { } wanted ? count == wanted : count > 0;
}
