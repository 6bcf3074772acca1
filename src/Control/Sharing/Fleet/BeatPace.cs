using Snapback.Control.Analysis;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>
/// How soon a replica may beat again. A few beats follow each other at once, so that a failure just after a beat or an answer is told as
/// soon as any other; many keep their distance. Not thread-safe.
/// </summary>
internal sealed class BeatPace
{
    /// <summary>Failures that go on and come thicker are told together.</summary>
    internal static readonly TimeSpan Thickest = TimeSpan.FromMilliseconds(5);

    /// <summary>As many as a decision takes of one replica: its failures, and answers to the others'.</summary>
    internal const int AtOnce = 4;

    private TimeSpan _spent;

    /// <summary>The rest after a beat, in [0, 5 ms].</summary>
    /// <param name="now">Monotonic.</param>
    public TimeSpan RestAfter(TimeSpan now)
    {
        // GCRA, ITU-T I.371: each beat moves the time at which all of them are paid for.
        _spent = (_spent > now ? _spent : now) + Thickest;
        return Elapsed.Between(now + (AtOnce * Thickest), _spent);
    }
}
