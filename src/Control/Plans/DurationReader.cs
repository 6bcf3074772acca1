using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

internal static class DurationReader
{
    private const string Forms = "Write it with its unit, such as 500ms, 30s, 10m or 1h30m.";

    public static Parsed<TimeSpan> Parse(string text)
    {
        if (Numbers.Parse(text).Fault is null)
        {
            return new Fault($"{Shown.Plain(text)} has no unit.", Forms);
        }

        if (Durations.Milliseconds(text) is null)
        {
            return new Fault($"{Shown.Quoted(text)} is not a duration.", Forms);
        }

        return Durations.TryParse(text, out var duration)
            ? duration
            : new Fault($"{Shown.Plain(text)} is not above 0 and at most {Durations.Format(Durations.Longest)}.", Forms);
    }
}
