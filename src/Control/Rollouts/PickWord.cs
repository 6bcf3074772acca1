namespace Snapback.Control.Rollouts;

/// <summary>
/// Weight, in-flight count and pick sequence of a generation in one 64-bit word, so that one compare-and-swap both picks
/// the canary and proves when it was picked: whoever zeroes the weight reads, in the same instruction, the number of the
/// last pick and how many are unanswered. Layout from the top: closed 1 bit, weight 14, in flight 17, sequence 32.
/// </summary>
public readonly record struct PickWord(long Bits)
{
    private const int InFlightShift = 32;
    private const int WeightShift = 49;
    private const long InFlightMask = (1L << 17) - 1;
    private const long WeightMask = (1L << 14) - 1;
    private const long ClosedBit = long.MinValue;

    /// <summary>Subtracted from the word when a canary request ends.</summary>
    internal const long OneInFlight = 1L << InFlightShift;

    /// <summary>A canary with this many unanswered requests gets no more of them; the next bit belongs to the weight.</summary>
    public const int MaxInFlight = (int)InFlightMask;

    public int Weight => (int)((Bits >> WeightShift) & WeightMask);

    public int InFlight => (int)((Bits >> InFlightShift) & InFlightMask);

    /// <summary>Number of the last pick, counted from 1; wraps after 2³² canary requests of one generation.</summary>
    public uint Sequence => (uint)Bits;

    /// <summary>The generation ended: no later command may raise its weight.</summary>
    public bool Closed => Bits < 0;

    public PickWord WithPick() =>
        new((Bits & ~(long)uint.MaxValue) + OneInFlight | (long)unchecked(Sequence + 1));

    public PickWord WithWeight(int basisPoints) =>
        new((Bits & ~(WeightMask << WeightShift)) | ((long)basisPoints << WeightShift));

    public PickWord WithClosed() => new(Bits | ClosedBit);
}
