using System.CommandLine.Parsing;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Commands;

/// <summary>A duration on the command line, as plans write it.</summary>
internal static class DurationOption
{
    public static TimeSpan? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Durations.TryParse(text, out var duration))
        {
            return duration;
        }

        result.AddError($"'{text}' is no duration between 1ms and {Durations.Format(Durations.Longest)}; give one like 90s, 10m or 1h30m.");
        return null;
    }
}
