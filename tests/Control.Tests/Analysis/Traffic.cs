using Snapback.Control.Analysis;

namespace Snapback.Control.Tests.Analysis;

/// <summary>Seeded requests through a judge, split by a coin, one per millisecond; its timer ticks with every request.</summary>
internal sealed class Traffic(JudgeSettings settings, double weight, int seed)
{
    // Spread, because neighbouring seeds give related numbers.
    private readonly Random _random = new(unchecked(seed * (int)2_654_435_761));
    private TimeSpan _now;

    public Judge Judge { get; } = new(settings);

    /// <summary>Since the last <see cref="Run"/> began.</summary>
    public int CanaryRequests { get; private set; }

    /// <inheritdoc cref="CanaryRequests"/>
    public int CanaryFailures { get; private set; }

    /// <summary>The ruling that ended the canary, or none after so many of its requests.</summary>
    /// <param name="canary">Its failure rate, by the number of its request.</param>
    /// <param name="stable">Stable's.</param>
    /// <param name="most">Canary requests.</param>
    public Ruling Run(Func<int, double> canary, double stable, int most)
    {
        (CanaryRequests, CanaryFailures) = (0, 0);
        while (CanaryRequests < most)
        {
            _now += TimeSpan.FromMilliseconds(1);
            var ruling = Judge.Tick(_now);
            if (!ruling.EndsCanary && _random.NextDouble() < weight)
            {
                ruling = Canary(canary(CanaryRequests));
            }
            else if (_random.NextDouble() < stable)
            {
                Judge.StableFailed(_now, weight);
            }
            else
            {
                Judge.StableGood();
            }

            if (ruling.EndsCanary)
            {
                return ruling;
            }
        }

        return default;
    }

    public Ruling Run(double canary, double stable, int most) => Run(_ => canary, stable, most);

    /// <summary>
    /// With all traffic on stable: whether it breaks the same budget within the time and explains the canary, which
    /// exonerates that.
    /// </summary>
    public bool StableFollows(Ruling ruling, double stable, TimeSpan within)
    {
        var end = _now + within;
        var doubt = Judge.Doubt(ruling, _now);
        var follows = false;
        while (_now < end && !follows)
        {
            _now += TimeSpan.FromMilliseconds(1);
            if (_random.NextDouble() < stable)
            {
                Judge.StableFailed(_now, 0);
                follows = doubt.Exonerates(_now);
            }
            else
            {
                Judge.StableGood();
            }
        }

        return follows;
    }

    private Ruling Canary(double rate)
    {
        CanaryRequests++;
        if (_random.NextDouble() >= rate)
        {
            Judge.CanaryGood();
            return default;
        }

        CanaryFailures++;
        return Judge.CanaryFailed(_now, weight);
    }
}
