namespace Snapback.Control.Tests;

/// <summary>What calls allocate on the thread that makes them.</summary>
internal static class Allocated
{
    /// <summary>
    /// Bytes in <paramref name="times"/> calls, the fewest of five tries: a collection that another thread causes meanwhile books
    /// the rest of this thread's 8 KiB allocation buffer on it.
    /// </summary>
    public static long Bytes(int times, Action call)
    {
        call();
        var fewest = long.MaxValue;
        for (var attempt = 0; attempt < 5 && fewest > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < times; i++)
            {
                call();
            }

            fewest = Math.Min(fewest, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return fewest;
    }
}
