using System.Globalization;

namespace Snapback.Control.Plans;

/// <summary>Decimal numbers, and only what every reader of YAML takes for the same number.</summary>
internal static class Numbers
{
    private const int LongestNumber = 20;

    public const int MostRequests = 1_000_000_000;

    public static Parsed<decimal> Parse(string text)
    {
        var digits = text.StartsWith('-') ? text.AsSpan(1) : text;
        if (digits.TrimStart("+.").StartsWith("inf", StringComparison.OrdinalIgnoreCase) ||
            digits.TrimStart('.').Equals("nan", StringComparison.OrdinalIgnoreCase))
        {
            return new Fault(
                $"{Shown.Plain(text)} is not a finite number.",
                "A threshold that is not a number never trips; write a decimal one.");
        }

        if (digits.Length > 1 && digits[0] == '0' && char.IsAsciiLetterOrDigit(digits[1]))
        {
            return new Fault(
                $"{Shown.Plain(text)} looks like an octal or hexadecimal number, which readers of YAML take differently.",
                "Write it in decimal, without leading zeros.");
        }

        return digits.Length <= LongestNumber && IsDecimal(digits)
            ? decimal.Parse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
            : new Fault($"{Shown.Quoted(text)} is not a number.", "Write it in decimal.");
    }

    /// <summary>Requests per second, above 0.</summary>
    public static Parsed<double> Rate(string text)
    {
        var number = Parse(text);
        return number.Fault is { } fault ? fault
            : number.Value is > 0 and <= MostRequests ? (double)number.Value
            : new Fault(
                $"{Shown.Plain(text)} is not a number of requests per second above 0.",
                "Write what the whole service gets, such as 50 or 0.2.");
    }

    /// <summary>A count of requests, at least 1: no data is no go.</summary>
    public static Parsed<int> Count(string text)
    {
        var number = Parse(text);
        if (number.Fault is { } fault)
        {
            return fault;
        }

        return number.Value is >= 1 and <= MostRequests && decimal.IsInteger(number.Value)
            ? (int)number.Value
            : new Fault(
                $"{Shown.Plain(text)} is not a whole number from 1 to {MostRequests}.",
                "No data is no go: ask for at least 1 request, or leave it out.");
    }

    private static bool IsDecimal(ReadOnlySpan<char> digits)
    {
        var point = digits.IndexOf('.');
        return point < 0 ? IsDigits(digits) : IsDigits(digits[..point]) && IsDigits(digits[(point + 1)..]);
    }

    private static bool IsDigits(ReadOnlySpan<char> digits) => digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9');
}
