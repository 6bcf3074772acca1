using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Snapback.Proxy.Hosting;

/// <summary>The <c>Kestrel:Limits</c> section, which Kestrel itself does not read.</summary>
internal static class KestrelLimits
{
    private const string Rate = """{ "BytesPerSecond": 240, "GracePeriod": "00:00:05" }""";

    /// <summary>Kestrel looks at the rates so often.</summary>
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly string[] OfRate = [nameof(MinDataRate.BytesPerSecond), nameof(MinDataRate.GracePeriod)];

    /// <param name="section">Without <see cref="Problems"/>.</param>
    public static void Bind(IConfigurationSection section, KestrelServerLimits limits)
    {
        section.Bind(limits);
        // The binder changes a rate that is there instead of making another, and a rate cannot be changed.
        limits.MinRequestBodyDataRate = RateOf(section.GetSection(nameof(limits.MinRequestBodyDataRate)), limits.MinRequestBodyDataRate!);
        limits.MinResponseDataRate = RateOf(section.GetSection(nameof(limits.MinResponseDataRate)), limits.MinResponseDataRate!);
    }

    /// <summary>A sentence for every key that nothing reads, every value that Kestrel refuses, and limits that exclude each other.</summary>
    public static IReadOnlyList<string> Problems(IConfigurationSection section)
    {
        // Bodies of any size pass, unless it is said here.
        var limits = new KestrelServerLimits { MaxRequestBodySize = null };
        var http2 = section.GetSection(nameof(limits.Http2));
        List<string> problems =
        [
            .. KnownKeys.Text(section, """{ "MaxConcurrentConnections": 20000 }"""),
            .. KnownKeys.Text(http2, """{ "MaxStreamsPerConnection": 100 }"""),
            .. Of(section, limits),
            .. Of(http2, limits.Http2),
        ];
        // Kestrel compares them when it starts.
        var head = Math.Max(limits.MaxRequestLineSize, limits.MaxRequestHeadersTotalSize);
        if (problems.Count == 0 && limits.MaxRequestBufferSize < head)
        {
            problems.Add($"{section.Path}:{nameof(limits.MaxRequestBufferSize)} is '{limits.MaxRequestBufferSize}': a request's line (up to " +
                $"{limits.MaxRequestLineSize} bytes here) and its headers (up to {limits.MaxRequestHeadersTotalSize}) must fit in. Write at least {head}.");
        }

        return problems;
    }

    private static MinDataRate RateOf(IConfigurationSection section, MinDataRate usual) => section.GetChildren().Any()
        ? new MinDataRate(section.GetValue(OfRate[0], usual.BytesPerSecond), section.GetValue(OfRate[1], usual.GracePeriod))
        : usual;

    /// <param name="limits">Gets the values.</param>
    private static IEnumerable<string> Of(IConfigurationSection section, object limits)
    {
        var known = limits.GetType().GetProperties().ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var setting in section.GetChildren())
        {
            var problems = known.GetValueOrDefault(setting.Key) is not { } property ? [KnownKeys.Unknown(setting, known.Keys)]
                : property.PropertyType == typeof(MinDataRate) ? OfARate(setting)
                : property.CanWrite ? Refused(setting, property, limits)
                : [];
            foreach (var problem in problems)
            {
                yield return problem;
            }
        }
    }

    private static List<string> OfARate(IConfigurationSection rate)
    {
        List<string> problems = [.. KnownKeys.Text(rate, Rate), .. KnownKeys.Others(rate, OfRate)];
        if (rate[OfRate[0]] is { } bytes
            && !(double.TryParse(bytes, CultureInfo.InvariantCulture, out var perSecond) && perSecond is > 0 and < double.PositiveInfinity))
        {
            problems.Add($"{rate.Path}:{OfRate[0]} is '{bytes}': it is no number above 0. Write 240, or 1 for nearly no limit.");
        }

        if (rate[OfRate[1]] is { } grace
            && (SettingText.Broken(typeof(TimeSpan), grace) is not null || TimeSpan.Parse(grace, CultureInfo.InvariantCulture) <= Second))
        {
            problems.Add($"{rate.Path}:{OfRate[1]} is '{grace}': it is no time above 1 s in hours:minutes:seconds. Write 00:00:05 for 5 s.");
        }

        return problems;
    }

    private static IEnumerable<string> Refused(IConfigurationSection setting, PropertyInfo property, object limits)
    {
        var (text, usual) = (setting.Value, property.GetValue(limits));
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (text is null && setting.GetChildren().Any())
        {
            return [$"{setting.Path} is a list or a section. Write it as one text."];
        }

        if (string.IsNullOrEmpty(text) && type != property.PropertyType)
        {
            property.SetValue(limits, null);
            return [];
        }

        if (text is null)
        {
            return [$"{setting.Path} is null. Write a value, or leave it out for {usual}."];
        }

        if (SettingText.Broken(type, text) is var (rule, _))
        {
            return [$"{setting.Path} is '{text}': {rule}"];
        }

        try
        {
            property.SetValue(limits, TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text));
            return [];
        }
        catch (TargetInvocationException e)
        {
            var why = e.InnerException!.Message.Split(" (Parameter")[0].TrimEnd('.');
            return [$"{setting.Path} is '{text}': {char.ToLowerInvariant(why[0])}{why[1..]}. Write another, or leave it out for {usual ?? "no limit"}."];
        }
    }
}
