using System.Globalization;

namespace Snapback.Control;

/// <summary>A count and what is counted, in words that agree.</summary>
public static class Counted
{
    /// <returns>"1 request", "12,345 requests".</returns>
    public static string Of(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {Noun(count, noun)}");

    /// <returns>"1 request", "0.25 requests": one is what is shown as 1.</returns>
    /// <param name="count">Rounded to three decimals.</param>
    public static string Of(double count, string noun)
    {
        var shown = count.ToString("#,0.###", CultureInfo.InvariantCulture);
        return $"{shown} {(shown == "1" ? noun : noun + "s")}";
    }

    /// <returns>"request" of 1, "requests" of any other count: for a number that is written in a way of its own.</returns>
    public static string Noun(long count, string noun) => count == 1 ? noun : noun + "s";
}
