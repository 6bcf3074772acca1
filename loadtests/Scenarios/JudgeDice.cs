namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// Random numbers of one run, SplitMix64. Every row of every table throws the same dice: run 7 is run 7 on any machine and with
/// any number of threads, and rows differ only by what they are about.
/// </summary>
internal sealed class JudgeDice(int run)
{
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    // Mixed, because neighbouring starting points would give the same numbers one step apart.
    private ulong _state = Mix(((ulong)run + 1) * Golden);

    /// <summary>One result per run, on all cores.</summary>
    public static T[] Throw<T>(int runs, Func<JudgeDice, T> play)
    {
        var results = new T[runs];
        Parallel.For(0, runs, run => results[run] = play(new JudgeDice(run)));
        return results;
    }

    public bool Chance(double probability) => Next() <= probability;

    /// <summary>How many good responses come before the next bad one: geometric, so that only bad ones cost time.</summary>
    public int GoodBeforeBad(double rate) => (int)(Math.Log(Next()) / Math.Log(1 - rate));

    // In (0, 1]: a rate of 1 always hits, a rate of 0 never, and the logarithm is finite.
    private double Next()
    {
        _state += Golden;
        return ((Mix(_state) >> 11) + 1) / (double)(1UL << 53);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
