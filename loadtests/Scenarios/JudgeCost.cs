using System.Diagnostics;
using Snapback.Control.Analysis;

namespace Snapback.LoadTests.Scenarios;

/// <summary>What one response costs, alone and with a second thread at the same detector or judge.</summary>
internal static class JudgeCost
{
    public const string DetectorGood = "detector, good";
    public const string DetectorBad = "detector, bad";
    public const int Rounds = 15;

    // Some 30 ms a round: long against a time slice taken by somebody else, short enough for many rounds.
    private const int Goods = 5_000_000;
    private const int Bads = 100_000;

    // A bad response after no good one would skip the exponentials. 1 in 500 is a failure rate of 0.2 %, without alarm.
    private const int GoodPerBad = 499;

    // One failure of each arm is what this weight leads to expect, so that the comparison with stable does not alarm.
    private const double Weight = 0.5;

    public static List<Row> Measure() =>
        [.. from threads in (int[])[1, 2] from row in Measure(threads) select row];

    private static List<Row> Measure(int threads)
    {
        var detector = new Detector(DetectorSettings.For(JudgeDetection.Budget, JudgeDetection.Balanced));
        var judge = new Judge(JudgeSettings.For(JudgeDetection.Balanced, JudgeDetection.Budget));
        return
        [
            Median(DetectorGood, threads, Goods, count =>
            {
                for (var i = 0; i < count; i++)
                {
                    detector.Good();
                }
            }),
            Median(DetectorBad, threads, Bads, count =>
            {
                for (var i = 0; i < count; i++)
                {
                    detector.Good(GoodPerBad);
                    detector.Bad(TimeSpan.Zero);
                }
            }),
            Median("whole judge, good", threads, Goods, count =>
            {
                for (var i = 0; i < count; i++)
                {
                    judge.CanaryGood();
                }
            }),
            Median("whole judge, one bad of each arm", threads, Bads, count =>
            {
                for (var i = 0; i < count; i++)
                {
                    judge.StableGood(GoodPerBad);
                    judge.StableFailed(TimeSpan.Zero, Weight);
                    judge.CanaryGood(GoodPerBad);
                    judge.CanaryFailed(TimeSpan.Zero, Weight);
                }
            }),
        ];
    }

    private static Row Median(string what, int threads, int count, Action<int> loop)
    {
        Round(threads, count, loop);
        var rounds = Enumerable.Range(0, Rounds).Select(_ => Round(threads, count, loop)).ToList();

        // The median of the bytes too: a lock allocates its event when it is first waited for, once in a detector's life.
        return new Row(
            what,
            threads,
            rounds.Select(round => round.Nanoseconds).Order().ElementAt(Rounds / 2),
            rounds.Select(round => round.Bytes).Order().ElementAt(Rounds / 2));
    }

    private static (double Nanoseconds, long Bytes) Round(int threads, int count, Action<int> loop)
    {
        using var together = new Barrier(threads);
        var held = new Lock();
        var nanoseconds = new double[threads];
        var bytes = new long[threads];
        var running = Enumerable.Range(0, threads).Select(index => new Thread(() =>
        {
            lock (held)
            {
            }

            together.SignalAndWait();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var began = Stopwatch.GetTimestamp();
            loop(count);
            nanoseconds[index] = Stopwatch.GetElapsedTime(began).TotalNanoseconds / count;
            bytes[index] = GC.GetAllocatedBytesForCurrentThread() - before;
        })).ToList();

        // The runtime allocates a counter when a thread waits for a lock for the first time in its life: no response's doing, so
        // let every thread have that behind it.
        lock (held)
        {
            running.ForEach(thread => thread.Start());
            SpinWait.SpinUntil(() => running.All(Waits));
        }

        running.ForEach(thread => thread.Join());
        return (nanoseconds.Max(), bytes.Sum());

        static bool Waits(Thread thread) => thread.ThreadState.HasFlag(System.Threading.ThreadState.WaitSleepJoin);
    }

    /// <param name="Nanoseconds">Of one call as its thread sees it; the median of the rounds.</param>
    /// <param name="Bytes">Allocated by all calls of a round; the median of the rounds.</param>
    internal sealed record Row(string What, int Threads, double Nanoseconds, long Bytes);
}
