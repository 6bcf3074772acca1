using System.Buffers;
using System.Globalization;
using Snapback.Control.Plans;

namespace Snapback.Control.Import;

/// <summary>Numbers and durations as Kubernetes manifests write them.</summary>
internal static class ManifestNumbers
{
    private static readonly (string Unit, decimal Seconds)[] Units =
        [("ns", 1e-9m), ("us", 1e-6m), ("µs", 1e-6m), ("ms", 1e-3m), ("s", 1), ("m", 60), ("h", 3600)];

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    private static readonly decimal Longest = (decimal)TimeSpan.FromDays(20).TotalSeconds;

    private const int Greatest = 1_000_000_000;

    public static Parsed<int> Whole(string text)
    {
        var number = Numbers.Parse(text);
        if (number.Fault is { } fault)
        {
            return fault;
        }

        if (!decimal.IsInteger(number.Value))
        {
            return new Fault($"{Shown.Plain(text)} is not a whole number.", "Write it without decimals.");
        }

        return Math.Abs(number.Value) <= Greatest
            ? (int)number.Value
            : new Fault($"{Shown.Plain(text)} is beyond {Greatest}.", "Write a smaller number.");
    }

    /// <summary>As Go writes them: 1m, 1m30s, 1.5h; a bare number counts seconds, as Argo's pause does.</summary>
    public static Parsed<TimeSpan> Duration(string text)
    {
        if (Numbers.Parse(text) is { Fault: null, Value: >= 0 } bare && bare.Value <= Longest)
        {
            return Seconds(bare.Value);
        }

        var sum = 0m;
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            if (digits < 1
                || digits > 12
                || !decimal.TryParse(
                    rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return NoDuration(text);
            }

            rest = rest[digits..];
            var letters = rest.IndexOfAny(Digits);
            var unit = (letters < 0 ? rest : rest[..letters]).ToString();
            if (Array.Find(Units, known => known.Unit == unit) is not { Unit: not null } found)
            {
                return NoDuration(text);
            }

            sum += number * found.Seconds;
            rest = rest[unit.Length..];
        }

        return text.Length > 0 && sum <= Longest ? Seconds(sum) : NoDuration(text);
    }

    private static TimeSpan Seconds(decimal seconds) => TimeSpan.FromMilliseconds((long)Math.Round(seconds * 1000));

    private static Fault NoDuration(string text) =>
        new($"{Shown.Quoted(text)} is not a duration of at most 20 days.", "Write it as Go does, such as 30s, 10m or 1h30m.");
}
