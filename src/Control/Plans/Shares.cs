using System.Globalization;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Shares of the whole, written as per cent: <c>5%</c>, <c>0.05%</c>, or a bare <c>5</c>.</summary>
internal static class Shares
{
    // Beyond that neither a double's round trip nor any number of requests could tell the difference.
    private const int MostDecimals = 6;

    public static Parsed<Weight> Weight(string text) => Part(text, "Write a share such as 5%; going back to 0% is what a rollback does.");

    /// <summary>Above 0% and at most 100%, in steps of 0.01%.</summary>
    public static Parsed<Weight> Part(string text, string remedy)
    {
        var percent = Percent(text);
        if (percent.Fault is { } fault)
        {
            return fault;
        }

        if (percent.Value is <= 0 or > 100)
        {
            return new Fault(
                $"{Shown.Plain(text)} is not above 0% and at most 100%.",
                remedy);
        }

        return Rollouts.Weight.TryFromPercent(percent.Value, out var weight)
            ? weight
            : new Fault($"{Shown.Plain(text)} is finer than 0.01%.", "Weights are counted in steps of 0.01%.");
    }

    /// <summary>The allowed share of failures, in (0, 1), of the least success rate.</summary>
    public static Parsed<double> Budget(string text)
    {
        var percent = Percent(text);
        if (percent.Fault is { } fault)
        {
            return fault;
        }

        if (percent.Value is <= 0 or >= 100)
        {
            return new Fault(
                $"{Shown.Plain(text)} is not between 0% and 100%.",
                "At 0% nothing is a breach and at 100% every failure is; write, say, 99.5%.");
        }

        // A budget of 99 % failures would never break: nobody who leaves the sign out means 0.995 %.
        if (percent.Value < 1 && !text.EndsWith('%'))
        {
            return new Fault(
                $"{Shown.Plain(text)} reads as {Format(percent.Value)}, since a bare number is per cent.",
                $"Write {Format(percent.Value * 100)}.");
        }

        return decimal.Round(percent.Value, MostDecimals) == percent.Value
            ? (double)(1 - percent.Value / 100)
            : new Fault($"{Shown.Plain(text)} has more than {MostDecimals} decimals.", "Round it.");
    }

    public static string Format(decimal percent) => percent.ToString("0.########", CultureInfo.InvariantCulture) + "%";

    private static Parsed<decimal> Percent(string text)
    {
        var number = Numbers.Parse(text.EndsWith('%') ? text[..^1].TrimEnd() : text);
        return number.Fault is { } fault
            ? fault with { Remedy = "Write per cent, such as 5% or 0.05%." }
            : number;
    }
}
