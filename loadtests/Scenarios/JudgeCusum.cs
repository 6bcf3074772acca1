namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// The limit after a healthy time: Page's CUSUM for a known rate (optimal: Lorden 1971, Moustakides 1986), as a Markov chain on
/// a lattice, so that its mean times are solutions of linear equations and not measured.
/// </summary>
internal sealed class JudgeCusum
{
    // Steps of one bad response at least: rounding it to a whole number then means a CUSUM for a rate up to 0.5 % away, and the
    // mean time hardly depends on that.
    private const int FinestRise = 200;

    private readonly int _rise;
    private readonly int _fall;

    public JudgeCusum(double p0, double p1)
    {
        if (p1 >= 1)
        {
            // One good response refutes "always bad": the CUSUM is the number of failures in a row.
            (_rise, _fall) = (1, int.MaxValue / 2);
            return;
        }

        var goodPerBad = Math.Log(p1 / p0) / -Math.Log((1 - p1) / (1 - p0));
        _fall = (int)Math.Ceiling(FinestRise / goodPerBad);
        _rise = (int)Math.Round(_fall * goodPerBad);
    }

    /// <summary>
    /// Mean requests from the break to the alarm, at the lowest threshold with false alarms no more often than asked.
    /// </summary>
    /// <param name="p0">Rate at which false alarms are counted.</param>
    /// <param name="p1">Rate after the break.</param>
    /// <param name="falseEvery">Mean responses from zero to a false alarm.</param>
    /// <param name="healthy">Rate before the break.</param>
    /// <param name="before">Responses before the break.</param>
    public double MeanDelay(double p0, double p1, double falseEvery, double healthy, int before)
    {
        var states = Threshold(p0, falseEvery);
        var delay = MeanTimes(states, p1);
        var at = After(states, healthy, before);
        return at.Zip(delay, (mass, mean) => mass * mean).Sum() / at.Sum();
    }

    private int Threshold(double p0, double falseEvery)
    {
        var (tooLow, enough) = (0, 1);
        while (MeanTimes(enough, p0)[0] < falseEvery)
        {
            (tooLow, enough) = (enough, 2 * enough);
        }

        while (enough - tooLow > 1)
        {
            var middle = (tooLow + enough) / 2;
            (tooLow, enough) = MeanTimes(middle, p0)[0] < falseEvery ? (middle, enough) : (tooLow, middle);
        }

        return enough;
    }

    // T(i) = 1 + (1-p)·T(max(0, i - fall)) + p·T(i + rise), where T is 0 from the threshold on: a band matrix. It needs no
    // pivoting, since no diagonal element is smaller than the rest of its row together.
    private double[] MeanTimes(int states, double rate)
    {
        var below = Math.Min(_fall, states - 1);
        var above = Math.Min(_rise, states - 1);
        var rows = new double[states][];
        var times = new double[states];
        for (var i = 0; i < states; i++)
        {
            times[i] = 1;
            rows[i] = new double[below + above + 1];
            rows[i][below] = 1;
            rows[i][Math.Max(0, i - _fall) - i + below] -= 1 - rate;
            if (i + _rise < states)
            {
                rows[i][_rise + below] -= rate;
            }
        }

        for (var c = 0; c < states; c++)
        {
            for (var r = c + 1; r <= Math.Min(c + below, states - 1); r++)
            {
                var factor = rows[r][c - r + below] / rows[c][below];
                if (factor == 0)
                {
                    continue;
                }

                for (var j = c; j <= Math.Min(c + above, states - 1); j++)
                {
                    rows[r][j - r + below] -= factor * rows[c][j - c + below];
                }

                times[r] -= factor * times[c];
            }
        }

        for (var i = states - 1; i >= 0; i--)
        {
            for (var j = i + 1; j <= Math.Min(i + above, states - 1); j++)
            {
                times[i] -= rows[i][j - i + below] * times[j];
            }

            times[i] /= rows[i][below];
        }

        return times;
    }

    // What is left has raised no false alarm: the same condition as for the detector.
    private double[] After(int states, double rate, int responses)
    {
        var (now, next) = (new double[states], new double[states]);
        now[0] = 1;
        for (var n = 0; n < responses; n++)
        {
            Array.Clear(next);
            for (var i = 0; i < states; i++)
            {
                next[Math.Max(0, i - _fall)] += now[i] * (1 - rate);
                if (i + _rise < states)
                {
                    next[i + _rise] += now[i] * rate;
                }
            }

            (now, next) = (next, now);
        }

        return now;
    }
}
