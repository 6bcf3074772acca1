using Snapback.Control.Analysis;

namespace Snapback.LoadTests.Scenarios;

/// <summary>How many requests the detector needs, from the start of a step and after a healthy time.</summary>
internal static class JudgeDetection
{
    public const double Budget = 0.005;
    public const double Balanced = 1e-3;
    public const double Healthy = 0.001;
    public const int HealthyResponses = 20_000;

    // One run to a false alarm takes millions of responses; the limit depends on the logarithm of their mean.
    private const int RunsPerFalseAlarm = 20;

    private static readonly double[] ErrorRates = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
    private static readonly double[] SlowRates = [0.1, 0.2, 0.5, 1];

    public static List<Start> FromStart(int runs) =>
    [
        .. from alpha in (double[])[1e-2, Balanced, 1e-5] from rate in ErrorRates select FromStart(Budget, alpha, rate, runs),
        .. from alpha in (double[])[1e-2, Balanced] from rate in SlowRates select FromStart(0.05, alpha, rate, runs),
    ];

    public static List<Late> AfterHealthyTime(int runs)
    {
        var settings = DetectorSettings.For(Budget, Balanced);
        var toFalseAlarm = JudgeDice.Throw(
            Math.Max(1, runs / RunsPerFalseAlarm), dice => ToDetect(new Detector(settings), Budget, dice));
        var every = toFalseAlarm.Average();
        return [.. ErrorRates.Prepend(0.0075).Select(rate => new Late(
            rate,
            every,
            Math.Log(every) / JudgeOptimum.Divergence(rate, Budget),
            new JudgeCusum(Budget, rate).MeanDelay(Budget, rate, every, Healthy, HealthyResponses),
            Spread.Of(JudgeDice.Throw(runs, dice => ToDetect(Settled(settings, dice), rate, dice)))))];
    }

    /// <summary>Whether it fires within so many responses.</summary>
    public static bool Fires(Detector detector, int responses, double rate, JudgeDice dice)
    {
        var left = responses;
        while (left > 0)
        {
            var good = Math.Min(dice.GoodBeforeBad(rate), left);
            Good(detector, good);
            left -= good;
            if (left-- > 0 && detector.Bad(TimeSpan.Zero))
            {
                return true;
            }
        }

        return false;
    }

    private static Start FromStart(double p0, double alpha, double rate, int runs)
    {
        var settings = DetectorSettings.For(p0, alpha);
        return new Start(
            p0,
            alpha,
            rate,
            JudgeOptimum.Wald(p0, rate, alpha),
            JudgeOptimum.MeanRequests(p0, rate, alpha),
            settings.MinFailures / rate,
            Spread.Of(JudgeDice.Throw(runs, dice => ToDetect(new Detector(settings), rate, dice))));
    }

    // One that fired while all was well is no longer there to be late.
    private static Detector Settled(DetectorSettings settings, JudgeDice dice)
    {
        while (true)
        {
            var detector = new Detector(settings);
            if (!Fires(detector, HealthyResponses, Healthy, dice))
            {
                return detector;
            }
        }
    }

    private static long ToDetect(Detector detector, double rate, JudgeDice dice)
    {
        for (var requests = 1L; ; requests++)
        {
            var good = dice.GoodBeforeBad(rate);
            Good(detector, good);
            requests += good;
            if (detector.Bad(TimeSpan.Zero))
            {
                return requests;
            }
        }
    }

    private static void Good(Detector detector, int count)
    {
        if (count > 0)
        {
            detector.Good(count);
        }
    }

    /// <summary>Requests to detect.</summary>
    internal sealed record Spread(double Mean, long Median, long P95)
    {
        public static Spread Of(long[] requests)
        {
            Array.Sort(requests);
            return new Spread(requests.Average(), requests[requests.Length / 2], requests[(int)(0.95 * requests.Length)]);
        }
    }

    /// <param name="Optimum">Of the test that knows the rate.</param>
    /// <param name="Fewest">Mean requests until as many failures as any rule here must have seen.</param>
    internal sealed record Start(
        double P0, double Alpha, double Rate, double Wald, double Optimum, double Fewest, Spread Requests)
    {
        public double Ratio => Requests.Mean / Optimum;

        /// <summary>Against the best that a rule can do which never rolls back for a single failure.</summary>
        public double RatioToAttainable => Requests.Mean / Math.Max(Optimum, Fewest);
    }

    /// <param name="Every">Mean responses to a false alarm at the budget, of both rules.</param>
    /// <param name="Lorden">ln A/KL.</param>
    internal sealed record Late(double Rate, double Every, double Lorden, double Cusum, Spread Requests)
    {
        public double Ratio => Requests.Mean / Cusum;
    }
}
