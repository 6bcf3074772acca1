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

    /// <summary>So many buckets are one doubling of the latency: 2^7.</summary>
    public const int Bits = 7;
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

        var (lowest, width) = Extent(index);
        return lowest + (width - 1) / 2d;
    }

    /// <summary>Every latency in the bucket is below it.</summary>
    public static long EndMicros(int index)
    {
        var (lowest, width) = index < PerOctave ? (index, 1) : Extent(index);
        return lowest + width;
    }

    private static (int Lowest, int Width) Extent(int index)
    {
        var shift = (index >> Bits) - 1;
        return (((index & (PerOctave - 1)) + PerOctave) << shift, 1 << shift);
    }
}
