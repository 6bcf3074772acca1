namespace Snapback.Control.Rollouts;

/// <summary>
/// How many canary requests may be in flight before the canary has proved anything, in the manner of TCP's slow start: a few at
/// the start of a step, one more for every success. Harm beyond detection is what was in flight at the decision. A request past
/// the latency limit makes room too: it has given its evidence, and a canary that hangs must be able to give enough.
/// </summary>
/// <param name="start">For all replicas together; null for no window.</param>
/// <param name="replicas">Among which it is divided; each lets in one at least.</param>
internal sealed class AdmissionWindow(int? start, int replicas = 1)
{
    /// <summary>After so many successes the canary is no stranger any more and the weight alone decides.</summary>
    private const int OpensAfter = 200;

    // The word has room for so many in flight and not one more.
    private int _start = Share(start, replicas);

    private int _limit = Share(start, replicas);

    public int Limit => Volatile.Read(ref _limit);

    public void Widen()
    {
        if (Limit < PickWord.MaxInFlight && Interlocked.Increment(ref _limit) is var widened && widened - Volatile.Read(ref _start) >= OpensAfter)
        {
            // Not if a step began meanwhile: it must not find the window open.
            Interlocked.CompareExchange(ref _limit, PickWord.MaxInFlight, widened);
        }
    }

    /// <summary>A new step: more load than the canary has shown it can carry.</summary>
    public void Restart(int replicas = 1)
    {
        Volatile.Write(ref _start, Share(start, replicas));
        Volatile.Write(ref _limit, _start);
    }

    private static int Share(int? start, int replicas) => start is { } whole ? Math.Clamp(whole / Math.Max(1, replicas), 1, PickWord.MaxInFlight) : PickWord.MaxInFlight;
}
