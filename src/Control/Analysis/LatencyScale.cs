using System.Numerics;

namespace Snapback.Control.Analysis;

/// <summary>
/// Which bucket a latency falls into: log-linear, 128 buckets per doubling, so that a bucket's midpoint is never more than
/// 1/256 (0.4 %) off. In integers, because a logarithm per response would cost more than the count. The scheme is
/// HdrHistogram's.
/// </summary>
internal static class LatencyScale
{
    /// <summary>Up to 2^27 - 1 µs = 134 s, above every sensible timeout.</summary>
    public const int Buckets = (HighestBits - Bits + 1) << Bits;

    private const int Bits = 7;
    private const int HighestBits = 27;
    private const int PerOctave = 1 << Bits;
    private const long Highest = (1L << HighestBits) - 1;

    public static int IndexOf(long micros)
    {
        // Not an error: a clock that steps back must not fail the request it measures.
        var us = (uint)Math.Clamp(micros, 0, Highest);
        if (us < PerOctave)
        {
            return (int)us;
        }

        var shift = BitOperations.Log2(us) - Bits;
        return ((shift + 1) << Bits) + (int)(us >> shift) - PerOctave;
    }

    public static double MidpointMicros(int index)
    {
        if (index < PerOctave)
        {
            return index;
        }

        var shift = (index >> Bits) - 1;
        var lowest = ((index & (PerOctave - 1)) + PerOctave) << shift;
        return lowest + ((1 << shift) - 1) / 2d;
    }
}
