using System.Diagnostics;

namespace Snapback.Journeys.Harness;

/// <summary>Waits for what must become true, and says what was seen instead when it does not.</summary>
internal static class Eventually
{
    /// <summary>For effects that need milliseconds on an idle machine; a busy one gets its time too.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    public static async Task<T> SeeAsync<T>(string what, Func<Task<T>> look, Func<T, bool> isThere, TimeSpan? within = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (isThere(seen))
            {
                return seen;
            }

            if (Stopwatch.GetElapsedTime(started) > (within ?? Patience))
            {
                throw new TimeoutException($"Not seen in time: {what}. Last seen: {seen}");
            }

            await Task.Delay(Interval);
        }
    }

    public static Task SeeAsync(string what, Func<bool> isThere, TimeSpan? within = null) =>
        SeeAsync(what, () => Task.FromResult(isThere()), seen => seen, within);
}
