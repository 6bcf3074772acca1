using System.Globalization;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Hosting;

/// <summary>How YARP and Kestrel read a setting's text into each type. They end at the first that they cannot read, and seldom say what to write.</summary>
internal static class SettingText
{
    /// <returns>What is wrong with the text, and a valid one; null for a right one.</returns>
    public static (string Rule, string Instead)? Broken(Type type, string text) =>
        type == typeof(bool) ? bool.TryParse(text, out _) ? null : ("it is neither true nor false. Write one of them.", bool.FalseString)
        : type == typeof(int) ? IsWhole<int>(text) ? null : ($"it is no whole number up to {int.MaxValue}. Write one in digits.", "1")
        : type == typeof(long) ? IsWhole<long>(text) ? null : ($"it is no whole number up to {long.MaxValue}. Write one in digits.", "1")
        : type == typeof(TimeSpan) ? Time(text)
        : type.IsEnum ? Word(type, text)
        : null;

    private static bool IsWhole<T>(string text)
        where T : System.Numerics.IBinaryInteger<T> => T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private static (string, string)? Time(string text)
    {
        const string valid = "00:00:30";
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
        {
            return ($"that would be days. Write {TimeSpan.FromSeconds(number):c} for {number} s, or {number}.00:00:00 if you mean days.", valid);
        }

        return TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out _) ? null
            : Durations.TryParse(text, out var meant) ? ($"a time is written as hours:minutes:seconds here. Write {meant:c}.", valid)
            : ($"it is no time in hours:minutes:seconds. Write {valid} for 30 s.", valid);
    }

    /// <summary>Not by its number where there may be several: 12 is a version of TLS that nobody speaks any more.</summary>
    private static (string, string)? Word(Type type, string text)
    {
        if (!type.IsDefined(typeof(FlagsAttribute), inherit: false) && Enum.TryParse(type, text, out var value) && Enum.IsDefined(type, value))
        {
            return null;
        }

        var known = Enum.GetNames(type);
        var words = text.Split(',', StringSplitOptions.TrimEntries);
        if (words.FirstOrDefault(word => !known.Contains(word, StringComparer.OrdinalIgnoreCase)) is not { } wrong)
        {
            return null;
        }

        var remedy = Suggestion.For(wrong, known) is { } meant ? $"Did you mean {meant}?" : $"Write one of {string.Join(", ", known)}.";
        return ($"it is not known. {remedy}", known[0]);
    }
}
