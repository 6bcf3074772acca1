using System.Globalization;
using Snapback.Control.Expressions;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Checks;

/// <summary>Whether a value is what a plan allows.</summary>
internal static class ConditionEvaluator
{
    /// <param name="unit">Behind numbers in sentences: "%" or " ms"; empty for none.</param>
    public static Answer Of(CheckCondition condition, object? value, string unit = "")
    {
        try
        {
            return condition is { Success: null, Failure: null } ? Limits(condition, value, unit) : Expressed(condition, value);
        }
        catch (ExpressionException e)
        {
            var first = value is IReadOnlyList<object?> ? "; the first of a list is result[0]" : "";
            return new Answer(AnswerKind.Down, $"answered {Shown(value)}, which the condition cannot take: {e.Message.TrimEnd('.')}{first}");
        }
    }

    private static Answer Limits(CheckCondition condition, object? value, string unit)
    {
        var values = value is IReadOnlyList<object?> list ? list : [value];
        if (values.Count == 0 || values.All(each => each is null or double.NaN))
        {
            return new Answer(AnswerKind.Nothing, "has no value");
        }

        if (values.FirstOrDefault(each => each is not (null or double)) is { } odd)
        {
            return new Answer(AnswerKind.Down, $"answered {Shown(odd)}, which is no number");
        }

        // Every series must keep the limits; the worst one is told.
        var numbers = values.OfType<double>().Where(number => !double.IsNaN(number)).ToList();
        var high = condition.Max is { } max && numbers.Max() > max;
        var low = condition.Min is { } min && numbers.Min() < min;
        var worst = high ? numbers.Max() : low ? numbers.Min() : condition.Max is null ? numbers.Min() : numbers.Max();
        var allowed = (condition.Min, condition.Max) switch
        {
            ({ } from, { } to) => $"{Number(from)}{unit} to {Number(to)}{unit}",
            ({ } from, null) => $"at least {Number(from)}{unit}",
            _ => $"at most {Number(condition.Max!.Value)}{unit}",
        };
        return new Answer(high || low ? AnswerKind.Bad : AnswerKind.Good, $"is {Number(worst)}{unit} (allowed: {allowed})");
    }

    private static Answer Expressed(CheckCondition condition, object? value)
    {
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

    /// <summary>The plan's reader has read it; a millisecond's work that is done at most ten times a second.</summary>
    private static Expression Parse(string text) =>
        Expression.TryParse(text, out var expression, out var error) ? expression : throw new ExpressionException(error);

    private static string Number(double number) => number.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Shown(object? value) => value switch
    {
        null => "nothing",
        double number => Number(number),
        bool truth => truth ? "true" : "false",
        string text => $"'{Text(text)}'",
        IReadOnlyList<object?> list => $"[{string.Join(", ", list.Take(3).Select(Shown))}{(list.Count > 3 ? ", …" : "")}]",
        _ => "a map",
    };

    private static string Text(string text) => new([.. text.Take(60).Select(c => char.IsControl(c) ? '?' : c)]);
}
