namespace Snapback.Control.Analysis;

/// <summary>Differences of monotonic times that no clock can make negative or overflow.</summary>
internal static class Elapsed
{
    public static TimeSpan Between(TimeSpan earlier, TimeSpan later)
    {
        if (later <= earlier)
        {
            return TimeSpan.Zero;
        }

        // The difference of two extreme times wraps round to a negative one.
        var ticks = unchecked(later.Ticks - earlier.Ticks);
        return ticks < 0 ? TimeSpan.MaxValue : new TimeSpan(ticks);
    }
}
