namespace Snapback.Control.Rollouts;

/// <summary>What became of a request that was to be copied.</summary>
public enum ShadowEvent
{
    /// <summary>The canary answered the copy well.</summary>
    Good,

    /// <summary>The canary failed the copy, or did not answer it in time.</summary>
    Failed,

    /// <summary>The copy says nothing about the canary: a stream that was left, a proxy that ended.</summary>
    Unjudged,

    /// <summary>Never sent: the queue was full, or the canary was rolled back before its turn came.</summary>
    Dropped,
}

/// <summary>Counts copies. Thread-safe.</summary>
/// <param name="whole">Counts the same events over a longer time; null for none.</param>
public sealed class ShadowCounts(ShadowCounts? whole = null)
{
    public static readonly ShadowEvent[] Events = Enum.GetValues<ShadowEvent>();

    private readonly long[] _counts = new long[Events.Length];

    public long this[ShadowEvent which] => Volatile.Read(ref _counts[(int)which]);

    public void Count(ShadowEvent which)
    {
        Interlocked.Increment(ref _counts[(int)which]);
        whole?.Count(which);
    }
}
