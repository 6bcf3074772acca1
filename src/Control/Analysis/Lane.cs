using System.Numerics;

namespace Snapback.Control.Analysis;

/// <summary>
/// Which of several copies of a counter a thread adds to. Requests run on a thread per core: with a copy each, no core waits for the
/// cache line that another one has just written.
/// </summary>
internal static class Lane
{
    /// <summary>Numbers from one lane's to the next one's: two cache lines of 64 bytes, since processors fetch them in pairs.</summary>
    public const int Distance = 16;

    /// <summary>More cores than this share lanes: they take memory in every one of ten thousand rollouts.</summary>
    private const int Most = 8;

    public static readonly int Count = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount, 1, Most));

    private static int _threads;

    /// <summary>One more than the lane; 0 before the thread has one.</summary>
    [ThreadStatic]
    private static int _own;

    /// <summary>This thread's, in [0, <see cref="Count"/>).</summary>
    public static int Own => _own > 0 ? _own - 1 : Join();

    private static int Join()
    {
        _own = 1 + (Interlocked.Increment(ref _threads) & (Count - 1));
        return _own - 1;
    }
}
