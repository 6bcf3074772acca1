namespace Snapback.Control.Rollouts;

/// <summary>
/// How many canary requests may be in flight before the canary has proved anything, in the manner of TCP's slow start: a few at
/// the start of a step, one more for every success. Harm beyond detection is what was in flight at the decision. A request past
/// the latency limit makes room too: it has given its evidence, and a canary that hangs must be able to give enough.
/// In a fleet the first places are those of its first replicas, and a failure that tells something is heard by all before the next can come.
/// </summary>
/// <param name="places">For all replicas together; null for no window.</param>
internal sealed class AdmissionWindow(int? places)
{
    /// <summary>After so many successes the canary is no stranger any more and the weight alone decides.</summary>
    private const int OpensAfter = 200;

    /// <summary>The judge's meter at which a failure holds new canary requests back. A healthy canary's failures seldom get it there.</summary>
    private const double TellingMeter = 1.0 / 3;

    /// <summary>
    /// How long a step's first places stay with the first replicas. In busy traffic these have answers long before it is over; in thin
    /// traffic little is in flight at a time anyway, whoever may ask.
    /// </summary>
    private static readonly TimeSpan Reserved = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long new canary requests are held back after a telling failure: until all replicas have heard of it and answered, which takes
    /// 10 ms among three processes on two cores.
    /// </summary>
    internal static readonly TimeSpan ToBeHeard = TimeSpan.FromMilliseconds(25);

    // No window: as many as the pick word can count in flight.
    private int _start = PickWord.MaxInFlight;
    private int _limit = PickWord.MaxInFlight;

    /// <summary>Streams and tunnels that the canary has accepted: they are no strangers any more, and may last for days.</summary>
    private int _streams;

    private long _elsewhere;
    private long _began;
    private long _heldUntil;

    /// <summary>How many canary requests may be in flight on this replica.</summary>
    /// <param name="now">Monotonic.</param>
    public int Limit(TimeSpan now) =>
        Volatile.Read(ref _heldUntil) is var until && now.Ticks < until
            ? 0
            : Math.Min(Volatile.Read(ref _limit) + Volatile.Read(ref _streams), PickWord.MaxInFlight);

    /// <param name="change">1 when the canary has accepted a stream, -1 when one has ended.</param>
    public void CountStreams(int change) => Interlocked.Add(ref _streams, change);

    /// <summary>This replica's canary has answered.</summary>
    public void Widen()
    {
        if (Volatile.Read(ref _limit) < PickWord.MaxInFlight
            && Interlocked.Increment(ref _limit) is var widened
            && widened - Volatile.Read(ref _start) >= OpensAfter)
        {
            // Not if a step began meanwhile: it must not find the window open.
            Interlocked.CompareExchange(ref _limit, PickWord.MaxInFlight, widened);
        }
    }

    /// <summary>A new step: more load than the canary has shown it can carry.</summary>
    public void Restart(FleetPlace place, TimeSpan now)
    {
        Volatile.Write(ref _began, now.Ticks);
        Volatile.Write(ref _elsewhere, 0);
        Volatile.Write(ref _start, Share(place));
        Volatile.Write(ref _limit, _start);
    }

    /// <summary>A replica without a place gets its first with an answer of each of those before it, or when it has waited long enough.</summary>
    /// <param name="answered">Good answers of the canary's on other replicas that were not known yet.</param>
    public void LetIn(FleetPlace place, long answered, TimeSpan now)
    {
        var known = Interlocked.Add(ref _elsewhere, answered);
        if (place.Rank < places + known || now.Ticks - Volatile.Read(ref _began) >= Reserved.Ticks)
        {
            if (Interlocked.CompareExchange(ref _limit, 1, 0) == 0)
            {
                Volatile.Write(ref _start, 1);
            }
        }
    }

    /// <summary>The canary of a fleet failed here or elsewhere: nobody is let in until all can know it.</summary>
    /// <param name="meter">How near the judge is to ending the canary with it, in [0, 1].</param>
    public void Failed(double meter, TimeSpan now)
    {
        if (places is not null && IsTelling(meter))
        {
            Volatile.Write(ref _heldUntil, (now + ToBeHeard).Ticks);
        }
    }

    internal static bool IsTelling(double meter) => meter >= TellingMeter;

    private int Share(FleetPlace place) => places is { } whole
        ? Math.Min((whole / place.Of) + (place.Rank < whole % place.Of ? 1 : 0), PickWord.MaxInFlight)
        : PickWord.MaxInFlight;
}
