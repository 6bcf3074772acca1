using System.Globalization;
using System.Text;

namespace Snapback.Control.Rollouts;

/// <summary>Durations as people write them: <c>500ms</c>, <c>30s</c>, <c>10m</c>, <c>1h30m</c>.</summary>
public static class Durations
{
    /// <summary>Every timer of the runtime takes it: the tightest limit is <see cref="int.MaxValue"/> milliseconds, 24.8 days.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(20);

    private static readonly (string Unit, long Milliseconds)[] Units = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    /// <summary>Whole numbers with units, the longest unit first; above 0, at most <see cref="Longest"/>.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        var milliseconds = Milliseconds(text);
        duration = TimeSpan.FromMilliseconds(Math.Clamp(milliseconds ?? 0, 0, (long)Longest.TotalMilliseconds + 1));
        return duration > TimeSpan.Zero && duration <= Longest;
    }

    /// <summary>Such as <c>1h30m</c>, exact to the millisecond and read back by <see cref="TryParse"/>; <c>0s</c> for none.</summary>
    public static string Format(TimeSpan duration)
    {
        var rest = Math.Abs(duration.Ticks / TimeSpan.TicksPerMillisecond);
        if (rest == 0)
        {
            return "0s";
        }

        var text = new StringBuilder(duration < TimeSpan.Zero ? "-" : "");
        foreach (var (unit, milliseconds) in Units)
        {
            if (rest >= milliseconds)
            {
                text.Append(CultureInfo.InvariantCulture, $"{rest / milliseconds}{unit}");
                rest %= milliseconds;
            }
        }

        return text.ToString();
    }

    /// <summary>A number of seconds as a duration of at most <see cref="Longest"/>.</summary>
    public static TimeSpan Seconds(double seconds) => seconds < Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Longest;

    /// <summary>For people who wait: seconds are enough, and a wait is never shown shorter than it is.</summary>
    public static string Rough(TimeSpan left) => Format(left > TimeSpan.FromSeconds(10)
        ? TimeSpan.FromSeconds(Math.Ceiling(left.TotalSeconds))
        : TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds / 100) * 100));

    /// <summary>Milliseconds of a well-formed duration, whatever its range; null if it is none.</summary>
    internal static long? Milliseconds(ReadOnlySpan<char> rest)
    {
        var sum = 0L;
        foreach (var (unit, milliseconds) in Units)
        {
            // "5ms" begins like "5m": a unit counts only if no letter follows.
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits < 1 || !rest[digits..].StartsWith(unit, StringComparison.Ordinal) ||
                (rest.Length > digits + unit.Length && !char.IsAsciiDigit(rest[digits + unit.Length])))
            {
                continue;
            }

            // Nine digits of hours stay far below the range of a long.
            if (digits > 9 || (digits > 1 && rest[0] == '0'))
            {
                return null;
            }

            sum += long.Parse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture) * milliseconds;
            rest = rest[(digits + unit.Length)..];
            if (rest.IsEmpty)
            {
                return sum;
            }
        }

        return null;
    }
}
