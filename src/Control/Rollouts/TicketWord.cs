namespace Snapback.Control.Rollouts;

/// <summary>
/// What is known of a ticket, in one word beside those of its neighbours: whoever drains reads eight bytes of a good one, and none of what its
/// request's core has written elsewhere. Layout from the top: number 61 bits, cold 1 bit, state 2. The number tells a ticket from the one
/// that has its place later.
/// </summary>
internal readonly record struct TicketWord(long Bits)
{
    public const long Good = 1;
    public const long Slow = 2;
    public const long Excluded = 3;

    private const int ColdBit = 1 << 2;
    private const int NumberShift = 3;
    private const long StateMask = 3;

    /// <param name="isCold">A canary's pick that is not judged yet.</param>
    public static TicketWord Pending(long number, bool isCold) => new((number << NumberShift) | (isCold ? ColdBit : 0L));

    public bool IsPending => (Bits & StateMask) == 0;

    public bool IsGood => (Bits & StateMask) == Good;

    public bool IsSlow => (Bits & StateMask) == Slow;

    public bool IsCold => (Bits & ColdBit) != 0;
}
