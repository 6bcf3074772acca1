namespace Snapback.LoadTests.Scenarios;

/// <summary>One promise against what was measured.</summary>
/// <param name="AtMost">The promise.</param>
/// <param name="FailsAbove">From where on the run fails.</param>
/// <param name="Worst">Where the worst of several values was found.</param>
internal sealed record JudgeTarget(string Name, double Measured, double AtMost, double FailsAbove, string Worst)
{
    // Nanoseconds depend on the machine and on who else is using it; three times over is no longer noise.
    private const double TimingMargin = 3;

    public bool Met => Measured <= AtMost;

    public bool Fails => Measured > FailsAbove;

    public static List<JudgeTarget> All(JudgeScenario.Results results)
    {
        // Nearer to the limit than twice the budget nobody is quick, and nothing is promised.
        var start = results.Start.Where(row => row.Rate >= 2 * row.P0).MaxBy(row => row.RatioToAttainable)!;
        var late = results.Late.Where(row => row.Rate >= 2 * JudgeDetection.Budget).MaxBy(row => row.Ratio)!;
        // Of an outage that finds both arms at work. Where both fail from a step's first request on, nothing is known of stable.
        var outage = results.CommonOutages.Where(row => row.Healthy > 0).MaxBy(row => row.Share)!;
        var dead = results.DeadCanaries.Where(row => row.Healthy == 0).MaxBy(row => row.Median)!;
        var startAt = $"p0 {JudgeTables.Share(start.P0)}, α {JudgeTables.Alpha(start.Alpha)}, p1 {JudgeTables.Share(start.Rate)}";
        var outageAt = $"w {JudgeTables.Share(outage.Weight)}, both fail {JudgeTables.Share(outage.Rate)}";
        var allocated = results.Cost.MaxBy(row => row.Bytes)!;
        return
        [
            Hard("start: mean requests ÷ optimum", start.RatioToAttainable, 1.25, startAt),
            Hard("late: mean requests ÷ optimal CUSUM", late.Ratio, 1.25, $"p1 {JudgeTables.Share(late.Rate)}"),
            False("healthy: rolled back per 100,000", 0.2, 3e-4),
            False("half the limit: rolled back per 100,000", 0.5, 5e-3),
            False("at the limit: rolled back per 100,000", 1, 0.1),
            Hard("common outage blamed", outage.Share, 0.1, outageAt),
            Hard("dead from the start: failures (median)", dead.Median, 2, $"w {JudgeTables.Share(dead.Weight)}"),
            Timing("good response, ns", JudgeCost.DetectorGood, 10),
            Timing("bad response, ns", JudgeCost.DetectorBad, 1000),
            Timing("bad responses of both arms, whole judge, ns", JudgeCost.JudgeBad, 1000),
            Hard("bytes allocated by any response", allocated.Bytes, 0, allocated.What),
        ];

        JudgeTarget False(string name, double ofBudget, double atMost) => Hard(
            name,
            results.FalseRollbacks.Single(row => row.Alpha == JudgeDetection.Balanced && row.OfBudget == ofBudget).Share,
            atMost,
            "balanced");

        JudgeTarget Timing(string name, string what, double atMost) => new(
            name,
            results.Cost.Single(row => row.What == what && row.Threads == 1).Nanoseconds,
            atMost,
            atMost * TimingMargin,
            "one thread");
    }

    private static JudgeTarget Hard(string name, double measured, double atMost, string worst) =>
        new(name, measured, atMost, atMost, worst);
}
