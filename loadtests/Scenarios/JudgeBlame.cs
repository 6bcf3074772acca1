using Snapback.Control.Analysis;

namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// Who is blamed: the whole judge on the traffic of both arms, split by the coin, balanced, one request a millisecond.
/// </summary>
internal static class JudgeBlame
{
    public const int PerSecond = 1000;
    public const int HealthyCanaryResponses = 2000;

    /// <summary>Four times the budget.</summary>
    private const double Leak = 0.02;

    // Every request costs time here, good ones too.
    private const int FewerRuns = 10;

    private static readonly double[] Weights = [0.05, 0.2, 0.5];
    private static readonly JudgeSettings Settings = JudgeSettings.For(JudgeDetection.Balanced, JudgeDetection.Budget);

    public static List<Outage> CommonOutages(int runs) =>
    [
        .. from healthy in (int[])[HealthyCanaryResponses, 0]
           from rate in (double[])[1, 0.3, Leak]
           from weight in Weights
           select Outage.Of(weight, rate, healthy, JudgeDice.Throw(Fewer(runs), dice => CommonOutage(new Route(weight, dice), rate, healthy))),
    ];

    public static List<Dead> DeadCanaries(int runs) =>
    [
        .. from healthy in (int[])[0, HealthyCanaryResponses]
           from weight in Weights
           select Dead.Of(weight, healthy, JudgeDice.Throw(Fewer(runs), dice => DeadCanary(new Route(weight, dice), healthy))),
    ];

    private static int Fewer(int runs) => Math.Max(1, runs / FewerRuns);

    private static Verdict CommonOutage(Route route, double rate, int healthy)
    {
        var ruling = route.Healthy(healthy);
        if (ruling.EndsCanary)
        {
            return Verdict.EndedBefore;
        }

        do
        {
            ruling = route.Send(rate, rate);
        }
        while (!ruling.EndsCanary);

        return !ruling.BlamesCanary ? Verdict.Withdrawn
            : ruling.Provisional && route.StableFollows(ruling, rate) ? Verdict.Exonerated
            : Verdict.Blamed;
    }

    private static (int Failures, Verdict Verdict) DeadCanary(Route route, int healthy)
    {
        if (route.Healthy(healthy).EndsCanary)
        {
            return (0, Verdict.EndedBefore);
        }

        var before = route.CanaryFailures;
        Ruling ruling;
        do
        {
            ruling = route.Send(1, JudgeDetection.Healthy);
        }
        while (!ruling.EndsCanary);

        var excused = !ruling.BlamesCanary || (ruling.Provisional && route.StableFollows(ruling, JudgeDetection.Healthy));
        return (route.CanaryFailures - before, excused ? Verdict.Exonerated : Verdict.Blamed);
    }

    /// <summary>Requests through one judge, whose timer ticks with every one of them.</summary>
    private sealed class Route(double weight, JudgeDice dice)
    {
        private static readonly TimeSpan Step = TimeSpan.FromSeconds(1) / PerSecond;

        private readonly Judge _judge = new(Settings);
        private TimeSpan _now;
        private int _canary;

        public int CanaryFailures { get; private set; }

        public Ruling Healthy(int canaryResponses)
        {
            var ruling = default(Ruling);
            while (_canary < canaryResponses && !ruling.EndsCanary)
            {
                ruling = Send(JudgeDetection.Healthy, JudgeDetection.Healthy);
            }

            return ruling;
        }

        public Ruling Send(double canary, double stable)
        {
            _now += Step;
            var ruling = _judge.Tick(_now);
            if (ruling.EndsCanary)
            {
                return ruling;
            }

            if (!dice.Chance(weight))
            {
                Stable(stable, weight);
                return default;
            }

            _canary++;
            if (!dice.Chance(canary))
            {
                _judge.CanaryGood();
                return default;
            }

            CanaryFailures++;
            return _judge.CanaryFailed(_now, weight);
        }

        /// <summary>With all traffic on stable, whether that breaks the same budget within the grace, and explains the canary.</summary>
        public bool StableFollows(Ruling ruling, double stable)
        {
            var doubt = _judge.Doubt(ruling, _now);
            var follows = false;
            for (var end = _now + Settings.SharedGrace; !follows && _now < end; _now += Step)
            {
                // No alarm begins with a good response.
                follows = !Stable(stable, 0) && doubt.Exonerates(_now);
            }

            return follows;
        }

        private bool Stable(double rate, double atWeight)
        {
            if (dice.Chance(rate))
            {
                _judge.StableFailed(_now, atWeight);
                return false;
            }

            _judge.StableGood();
            return true;
        }
    }

    internal enum Verdict
    {
        /// <summary>A false rollback while all was well; of no use for either question.</summary>
        EndedBefore,
        Blamed,

        /// <summary>Blamed for want of another suspect, and taken back when stable followed.</summary>
        Exonerated,

        /// <summary>Taken out as a precaution.</summary>
        Withdrawn,
    }

    internal sealed record Outage(double Weight, double Rate, int Healthy, int Runs, int Blamed, int Exonerated, int Withdrawn)
    {
        public double Share => (double)Blamed / Runs;

        public static Outage Of(double weight, double rate, int healthy, Verdict[] verdicts) => new(
            weight,
            rate,
            healthy,
            verdicts.Count(verdict => verdict != Verdict.EndedBefore),
            verdicts.Count(verdict => verdict == Verdict.Blamed),
            verdicts.Count(verdict => verdict == Verdict.Exonerated),
            verdicts.Count(verdict => verdict == Verdict.Withdrawn));
    }

    /// <param name="Healthy">The canary's responses before it died.</param>
    /// <param name="Excused">Rolled back, but in the end not blamed.</param>
    internal sealed record Dead(double Weight, int Healthy, int Runs, double Mean, int Median, int Most, int Excused)
    {
        public static Dead Of(double weight, int healthy, (int Failures, Verdict Verdict)[] results)
        {
            var failures = results.Where(r => r.Verdict != Verdict.EndedBefore).Select(r => r.Failures).Order().ToList();
            var excused = results.Count(r => r.Verdict == Verdict.Exonerated);
            return new Dead(
                weight, healthy, failures.Count, failures.Average(), failures[failures.Count / 2], failures[^1], excused);
        }
    }
}
