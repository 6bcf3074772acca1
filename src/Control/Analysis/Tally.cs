namespace Snapback.Control.Analysis;

/// <summary>
/// What the rules of one generation have counted, as sums. Sums of replicas may be added, and of one replica only the newest counts:
/// a message that is lost, doubled or late does no harm.
/// </summary>
/// <param name="CanaryGood">Good responses of the canary's.</param>
/// <param name="CanaryBad">Its failures.</param>
/// <param name="CanaryBadByCoin">Those among them whose request the coin assigned.</param>
/// <param name="CanaryFast">Canary requests answered within the latency limit.</param>
/// <param name="CanarySlow">Those that passed it.</param>
/// <param name="CanarySlowByCoin">Those among them that the coin assigned.</param>
/// <param name="CanaryShielded">Failures of the canary's that no user saw; no rule counts them.</param>
/// <param name="ExposedRequests">Users' requests that the canary was asked; no rule counts them, nor what follows.</param>
/// <param name="ExposedUsers">Different ones.</param>
/// <param name="ExposedBytes">That it sent them.</param>
/// <param name="CanaryOver">Responses of the canary's that took too long beside stable's p95, as <see cref="RelativeLatency"/> has it.</param>
/// <param name="StableOver">Responses of stable's above its p95.</param>
/// <param name="Comparing">Replicas that count those two: 1 in the sums of one of them, 0 of a version that does not.</param>
public readonly record struct Tally(
    long CanaryGood,
    long CanaryBad,
    long CanaryBadByCoin,
    long StableGood,
    long StableBad,
    long StableBadByCoin,
    long CanaryFast,
    long CanarySlow,
    long CanarySlowByCoin,
    long StableFast,
    long StableSlow,
    long StableSlowByCoin,
    long CanaryShielded = 0,
    long ExposedRequests = 0,
    long ExposedUsers = 0,
    long ExposedBytes = 0,
    long CanaryOver = 0,
    long StableOver = 0,
    long Comparing = 0)
{
    internal long CanaryResponses => CanaryGood + CanaryBad;

    /// <summary>Something in it can move a rule.</summary>
    internal bool HasBad => (CanaryBad | StableBad | CanarySlow | StableSlow) != 0;

    /// <summary>Something in it speaks against the canary.</summary>
    internal bool HasCanaryBad => (CanaryBad | CanarySlow) != 0;

    public static Tally operator +(Tally a, Tally b) => a.Combine(b, static (x, y) => x + y);

    public static Tally operator -(Tally a, Tally b) => a.Combine(b, static (x, y) => x - y);

    /// <summary>The newer of two tallies of one source, field by field: sums only grow.</summary>
    public static Tally Max(Tally a, Tally b) => a.Combine(b, Math.Max);

    private Tally Combine(Tally b, Func<long, long, long> with) => new(
        with(CanaryGood, b.CanaryGood),
        with(CanaryBad, b.CanaryBad),
        with(CanaryBadByCoin, b.CanaryBadByCoin),
        with(StableGood, b.StableGood),
        with(StableBad, b.StableBad),
        with(StableBadByCoin, b.StableBadByCoin),
        with(CanaryFast, b.CanaryFast),
        with(CanarySlow, b.CanarySlow),
        with(CanarySlowByCoin, b.CanarySlowByCoin),
        with(StableFast, b.StableFast),
        with(StableSlow, b.StableSlow),
        with(StableSlowByCoin, b.StableSlowByCoin),
        with(CanaryShielded, b.CanaryShielded),
        with(ExposedRequests, b.ExposedRequests),
        with(ExposedUsers, b.ExposedUsers),
        with(ExposedBytes, b.ExposedBytes),
        with(CanaryOver, b.CanaryOver),
        with(StableOver, b.StableOver),
        with(Comparing, b.Comparing));
}
