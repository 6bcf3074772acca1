using System.Numerics;

namespace Snapback.Control.Rollouts;

/// <summary>
/// How many different values were seen, in 4 KB however many there are, and none before the first: HyperLogLog (Flajolet et al.
/// 2007) with 4,096 registers, a standard error of 1.04/√4096 = 1.6%, and linear counting below 2.5 values per register, which is nearly
/// exact for a few.
/// </summary>
internal sealed class DistinctCount
{
    private const int Bits = 12;
    private const int Registers = 1 << Bits;
    private const double Alpha = 0.7213 / (1 + 1.079 / Registers);

    private byte[]? _ranks;

    /// <param name="value">
    /// Identifies what is counted. It need not be spread evenly, as the keys of users whom the weight chose are not: it is hashed here.
    /// </param>
    public void Add(ulong value)
    {
        var hash = Mixed(value);
        // The loser of a race counts into the winner's.
        var ranks = Volatile.Read(ref _ranks) ?? Interlocked.CompareExchange(ref _ranks, new byte[Registers], null) ?? _ranks!;
        ref var register = ref ranks[(int)(hash >> (64 - Bits))];
        var rank = (byte)(BitOperations.LeadingZeroCount((hash << Bits) | (1UL << (Bits - 1))) + 1);
        for (var seen = Volatile.Read(ref register); seen < rank; seen = Volatile.Read(ref register))
        {
            if (Interlocked.CompareExchange(ref register, rank, seen) == seen)
            {
                return;
            }
        }
    }

    public long Estimate
    {
        get
        {
            if (Volatile.Read(ref _ranks) is not { } ranks)
            {
                return 0;
            }

            var (sum, empty) = (0d, 0);
            foreach (var rank in ranks)
            {
                sum += Math.ScaleB(1, -rank);
                empty += rank == 0 ? 1 : 0;
            }

            var estimate = Alpha * Registers * Registers / sum;
            return (long)Math.Round(estimate <= 2.5 * Registers && empty > 0 ? Registers * Math.Log((double)Registers / empty) : estimate);
        }
    }

    /// <summary>The finalizer of MurmurHash3: one to one, and every bit of the value moves every bit of the result.</summary>
    private static ulong Mixed(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
        value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
        return value ^ (value >> 33);
    }
}
