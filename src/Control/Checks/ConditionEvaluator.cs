using System.Globalization;
using Snapback.Control.Expressions;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Checks;

/// <summary>Whether a value is what a plan allows.</summary>
internal static class ConditionEvaluator
{
    private const int LongestText = 60;

    /// <summary>Some five labels with their values.</summary>
    private const int LongestSeries = 120;

    private static readonly Answer Nothing = new(AnswerKind.Nothing, "has no value");

    /// <param name="unit">Behind numbers in sentences: "%" or " ms"; empty for none.</param>
    /// <param name="series">The names of a list's values, in its order; null if they have none.</param>
    public static Answer Of(CheckCondition condition, object? value, string unit = "", IReadOnlyList<string>? series = null)
    {
        try
        {
            return condition switch
            {
                { Success: null, Failure: null } => Limits(condition, value, unit, series),
                { Min: null, Max: null } => Expressed(condition, value),
                _ => Limits(condition, value, unit, series) is var limits && limits.Kind != AnswerKind.Bad
                    ? Worse(limits, Expressed(condition, value))
                    : limits,
            };
        }
        catch (ExpressionException) when (value is null or IReadOnlyList<object?> { Count: 0 })
        {
            return Nothing;
        }
        catch (ExpressionException e)
        {
            var first = value is IReadOnlyList<object?> ? "; the first of a list is result[0]" : "";
            return new Answer(AnswerKind.Down, $"answered {Shown(value)}, which the condition cannot take: {e.Message.TrimEnd('.')}{first}");
        }
    }

    /// <summary>As sentences write it: what Snapback measured itself to a thousandth, with its unit; what others say as they say it.</summary>
    public static string Number(double number, string unit = "") =>
        number.ToString(unit.Length > 0 ? "0.###" : "0.######", CultureInfo.InvariantCulture) + unit;

    /// <summary>Of limits and expressions that stand together both must be kept; what was measured as bad is not undone by the other.</summary>
    private static Answer Worse(Answer limits, Answer expressed) =>
        limits.Kind == AnswerKind.Good || expressed.Kind == AnswerKind.Bad ? expressed : limits;

    private static Answer Limits(CheckCondition condition, object? value, string unit, IReadOnlyList<string>? series)
    {
        var values = value is IReadOnlyList<object?> list ? list : [value];
        if (values.Count == 0 || values.All(each => each is null or double.NaN))
        {
            return Nothing;
        }

        if (values.FirstOrDefault(each => each is not (null or double)) is { } odd)
        {
            return new Answer(AnswerKind.Down, $"answered {Shown(odd)}, which is no number");
        }

        // Every series must keep the limits; the worst one is told, and which it is if there are several.
        var numbers = values.Index().Where(each => each.Item is double number && !double.IsNaN(number)).ToList();
        var (lowest, highest) = (numbers.MinBy(each => (double)each.Item!), numbers.MaxBy(each => (double)each.Item!));
        var high = condition.Max is { } max && (double)highest.Item! > max;
        var low = condition.Min is { } min && (double)lowest.Item! < min;
        var worst = high || (!low && condition.Max is not null) ? highest : lowest;
        var which = series is { Count: > 1 } names ? $" for {Text(names[worst.Index], LongestSeries)}" : "";
        var allowed = (condition.Min, condition.Max) switch
        {
            ({ } from, { } to) => $"{Number(from, unit)} to {Number(to, unit)}",
            ({ } from, null) => $"at least {Number(from, unit)}",
            _ => $"at most {Number(condition.Max!.Value, unit)}",
        };
        return new Answer(high || low ? AnswerKind.Bad : AnswerKind.Good, $"is {Number((double)worst.Item!, unit)}{which} (allowed: {allowed})");
    }

    private static Answer Expressed(CheckCondition condition, object? value)
    {
        // 0 divided by 0 of a quiet minute: every comparison with it fails, which says nothing about the canary.
        if (IsNaN(value) && !ForeseesNaN(condition.Success) && !ForeseesNaN(condition.Failure))
        {
            return Nothing;
        }

        if (condition.Failure is { } failure && Parse(failure).IsTrue(value))
        {
            return new Answer(AnswerKind.Bad, $"is {Shown(value)}: {failure}");
        }

        if (condition.Success is not { } success)
        {
            return new Answer(AnswerKind.Good, $"is {Shown(value)}: not {condition.Failure}");
        }

        var succeeded = Parse(success).IsTrue(value);
        return succeeded || condition.Failure is null
            ? new Answer(succeeded ? AnswerKind.Good : AnswerKind.Bad, $"is {Shown(value)}: {(succeeded ? "" : "not ")}{success}")
            : new Answer(AnswerKind.Nothing, $"is {Shown(value)}: neither {success} nor {condition.Failure}");
    }

    private static bool IsNaN(object? value) =>
        value is double.NaN || (value is IReadOnlyList<object?> { Count: > 0 } list && list.All(each => each is double.NaN));

    private static bool ForeseesNaN(string? expression) =>
        expression is not null && (expression.Contains("isNaN", StringComparison.Ordinal) || expression.Contains("default", StringComparison.Ordinal));

    /// <summary>The plan's reader has read it; a millisecond's work that is done at most ten times a second.</summary>
    private static Expression Parse(string text) =>
        Expression.TryParse(text, out var expression, out var error) ? expression : throw new ExpressionException(error);

    private static string Shown(object? value) => value switch
    {
        null => "nothing",
        double number => Number(number),
        bool truth => truth ? "true" : "false",
        string text => $"'{Text(text, LongestText)}'",
        IReadOnlyList<object?> list => $"[{string.Join(", ", list.Take(3).Select(Shown))}{(list.Count > 3 ? ", …" : "")}]",
        _ => "a map",
    };

    private static string Text(string text, int longest) => new([.. text.Take(longest).Select(c => char.IsControl(c) ? '?' : c)]);
}
