using System.Diagnostics;

namespace Snapback.LoadTests.Micro;

/// <summary>What one call costs, alone and with other threads at the same object.</summary>
internal static class CallCost
{
    public const int Rounds = 15;

    private const int Tries = 3;

    /// <summary>The median round of a loop of so many calls.</summary>
    public static Row Median(string what, int threads, int count, Action<int> loop)
    {
        Round(threads, count, loop);
        var rounds = Enumerable.Range(0, Rounds).Select(_ => Round(threads, count, loop)).ToList();

        // The median of the bytes too: a lock allocates its event when it is first waited for, once in an object's life.
        return new Row(
            what,
            threads,
            rounds.Select(round => round.Nanoseconds).Order().ElementAt(Rounds / 2),
            rounds.Select(round => round.Bytes).Order().ElementAt(Rounds / 2));
    }

    /// <summary>The quickest of a few rounds: what a neighbour on the machine takes makes a round longer and never shorter.</summary>
    public static (double Nanoseconds, long Bytes) Best(int threads, int count, Action<int> loop) =>
        Enumerable.Range(0, Tries).Select(_ => Round(threads, count, loop)).MinBy(round => round.Nanoseconds);

    public static (double Nanoseconds, long Bytes) Round(int threads, int count, Action<int> loop)
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

        // The runtime allocates a counter when a thread waits for a lock for the first time in its life: no call's doing, so
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
