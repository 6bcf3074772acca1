using System.Numerics;
using Snapback.Control.Analysis;

namespace Snapback.Control.Simulation;

/// <summary>
/// Random numbers that are the same on every machine and in every version of the runtime: one stream per run, so that it does
/// not matter which core plays which run. xoshiro256** of Blackman &amp; Vigna 2018, seeded by SplitMix64 as they advise.
/// </summary>
internal sealed class Dice
{
    // Knuth's product takes as many draws as the mean; from here on Hörmann's rejection is quicker.
    private const double FewFrom = 10;

    private readonly ulong[] _state = new ulong[4];

    /// <param name="keys">What tells this stream apart: the seed, the scenario, the run, the replica.</param>
    public Dice(params ReadOnlySpan<ulong> keys)
    {
        var mixed = 0UL;
        foreach (var key in keys)
        {
            mixed = Split(ref mixed) ^ key;
        }

        for (var i = 0; i < _state.Length; i++)
        {
            _state[i] = Split(ref mixed);
        }
    }

    /// <summary>In (0, 1): never 0, whose logarithm is infinite.</summary>
    public double Uniform() => ((Next() >> 12) + 0.5) / (1UL << 52);

    public bool Chance(double p) => Uniform() < p;

    /// <summary>Waiting time at so many events per second; infinite at none.</summary>
    public double Exponential(double rate) => rate > 0 ? -Math.Log(Uniform()) / rate : double.PositiveInfinity;

    /// <summary>Standard normal, by Box &amp; Muller.</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(Uniform())) * Math.Cos(2 * Math.PI * Uniform());

    public int Poisson(double mean) => mean switch
    {
        <= 0 => 0,
        < FewFrom => Few(mean),
        _ => Many(mean),
    };

    private int Few(double mean)
    {
        var end = Math.Exp(-mean);
        var count = 0;
        for (var product = Uniform(); product > end; product *= Uniform())
        {
            count++;
        }

        return count;
    }

    // PTRS of Hörmann 1993, with the constants of his paper.
    private int Many(double mean)
    {
        var (b, log) = (0.931 + 2.53 * Math.Sqrt(mean), Math.Log(mean));
        var a = -0.059 + 0.02483 * b;
        var inverse = 1.1239 + 1.1328 / (b - 3.4);
        var quick = 0.9277 - 3.6224 / (b - 2);
        while (true)
        {
            var (u, v) = (Uniform() - 0.5, Uniform());
            var edge = 0.5 - Math.Abs(u);
            var k = Math.Floor((2 * a / edge + b) * u + mean + 0.43);
            if (edge >= 0.07 && v <= quick)
            {
                return (int)k;
            }

            if (k >= 0 && (edge >= 0.013 || v <= edge)
                && Math.Log(v * inverse / (a / (edge * edge) + b)) <= k * log - mean - Gamma.Log(k + 1))
            {
                return (int)k;
            }
        }
    }

    private ulong Next()
    {
        var result = BitOperations.RotateLeft(_state[1] * 5, 7) * 9;
        var shifted = _state[1] << 17;
        _state[2] ^= _state[0];
        _state[3] ^= _state[1];
        _state[1] ^= _state[2];
        _state[0] ^= _state[3];
        _state[2] ^= shifted;
        _state[3] = BitOperations.RotateLeft(_state[3], 45);
        return result;
    }

    private static ulong Split(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
