using System.Diagnostics;

namespace Snapback.LoadTests.Measuring;

/// <summary>
/// How long two cores take to hand each other a cache line, which is what two threads at one object pay for. In a virtual machine it is its
/// host's choice, and changes while it runs: cores that share a cache take a fourth of what others do.
/// </summary>
internal sealed class CoreDistance
{
    private const int Turns = 5_000;

    /// <summary>Until both threads run.</summary>
    private const int First = Turns / 5;

    /// <summary>The number is in the middle of lines that nobody else writes.</summary>
    private const int At = 32;

    private static readonly long[] _line = new long[2 * At];

    private readonly List<double> _rounds = [];

    /// <summary>Before each round.</summary>
    public void Measure() => _rounds.Add(RoundTrip());

    /// <summary>For the reader of a run in which one core had the proxy and the other its load.</summary>
    public override string ToString() =>
        $"From one core to the other and back a cache line took {Spread.Of(_rounds).Text("0")} ns, "
        + $"{_rounds.Min():0} to {_rounds.Max():0}: some 100 where they share a cache, 400 where they do not.";

    /// <summary>ns from one core to the other and back, the mean of some thousand turns.</summary>
    public static double RoundTrip()
    {
        Volatile.Write(ref _line[At], 0);
        var other = new Thread(static () => Play(from: 1));
        other.Start();
        var began = Play(from: 0);
        var took = Stopwatch.GetElapsedTime(began).TotalNanoseconds;
        other.Join();
        return took / (Turns - First);
    }

    /// <summary>Waits for each number that is its own and writes the next: two of them count together.</summary>
    /// <returns>When the first turns were over.</returns>
    private static long Play(int from)
    {
        var began = 0L;
        for (var turn = 0; turn < Turns; turn++)
        {
            if (turn == First)
            {
                began = Stopwatch.GetTimestamp();
            }

            var mine = 2 * turn + from;
            while (Volatile.Read(ref _line[At]) != mine)
            {
                // Not a pause: its length would be in the figure.
            }

            Volatile.Write(ref _line[At], mine + 1);
        }

        return began;
    }
}
