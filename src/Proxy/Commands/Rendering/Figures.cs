using System.Globalization;
using Snapback.Control.Analysis;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>Numbers as people read them.</summary>
internal static class Figures
{
    public const string None = "-";

    public static string Percent(decimal value) => value.ToString("0.##", CultureInfo.InvariantCulture) + "%";

    public static string Percent(double? value) => value is { } known ? PerCent.Of(known) : None;

    public static string Count(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? None;

    public static string Milliseconds(double? value) => value switch
    {
        null => None,
        < 10 => value.Value.ToString("0.0", CultureInfo.InvariantCulture) + " ms",
        < 10_000 => value.Value.ToString("0", CultureInfo.InvariantCulture) + " ms",
        _ => Duration(TimeSpan.FromMilliseconds(value.Value)),
    };

    /// <summary>A decision: some microseconds, on a machine without time some milliseconds.</summary>
    public static string Microseconds(double value) => value < 1000
        ? string.Create(CultureInfo.InvariantCulture, $"{value:0.#} µs")
        : Milliseconds(value / 1000);

    /// <summary>The plan's own notation, rounded to what still matters: 850ms, 12.5s, 5m, 1h30m.</summary>
    public static string Duration(TimeSpan value)
    {
        if (value < TimeSpan.FromSeconds(1))
        {
            return $"{value.TotalMilliseconds:0.#}ms";
        }

        if (value < TimeSpan.FromMinutes(1))
        {
            return $"{value.TotalSeconds:0.#}s";
        }

        var hours = (long)value.TotalHours;
        return (hours > 0 ? $"{hours}h" : "") + (value.Minutes > 0 ? $"{value.Minutes}m" : "")
            + (hours == 0 && value.Seconds > 0 ? $"{value.Seconds}s" : "");
    }

    /// <summary>One zone for everybody: the operators of one rollout sit in several.</summary>
    public static string Time(DateTimeOffset? at) =>
        at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? None;

    /// <summary>Enough of a digest or a commit to tell two apart, as container tools show it; a tag is left as it is.</summary>
    public static string ShortVersion(string? version)
    {
        const int enough = 12;
        if (string.IsNullOrEmpty(version))
        {
            return None;
        }

        var colon = version.LastIndexOf(':') + 1;
        return version.Length - colon >= 40 && version.Skip(colon).All(char.IsAsciiHexDigitLower)
            ? version.Substring(colon, enough)
            : version;
    }
}
