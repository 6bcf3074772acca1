using System.Diagnostics;
using System.Text.Json;
using Snapback.LoadTests.Micro;

namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// The judge against what is possible at all: how late it is, how often it is wrong, whom it blames and what it costs. Fails if
/// a target is missed.
/// </summary>
internal static class JudgeScenario
{
    public static int Run(int runs, bool json)
    {
        var began = Stopwatch.GetTimestamp();

        // Cost last: by then the code is compiled as it will be after an hour of traffic.
        var results = new Results(
            runs,
            Step("from the start of a step", () => JudgeDetection.FromStart(runs)),
            Step("after a healthy time", () => JudgeDetection.AfterHealthyTime(runs)),
            Step("false rollbacks", () => JudgeFalseRollbacks.Measure(runs)),
            Step("common outages", () => JudgeBlame.CommonOutages(runs)),
            Step("dead canaries", () => JudgeBlame.DeadCanaries(runs)),
            Step("cost of a response", JudgeCost.Measure));
        var targets = JudgeTarget.All(results);
        Console.Error.WriteLine($"{Stopwatch.GetElapsedTime(began).TotalSeconds:0} s in all");
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { results, targets }));
        }
        else
        {
            JudgeTables.Print(results, targets);
        }

        var missed = targets.Where(target => target.Fails).ToList();
        missed.ForEach(target => Console.Error.WriteLine(
            $"Missed: {target.Name} is {target.Measured:G4}, wanted at most {target.AtMost:G4} ({target.Worst})."));
        return missed.Count == 0 ? 0 : 1;
    }

    private static T Step<T>(string what, Func<T> measure)
    {
        Console.Error.Write($"{what} … ");
        var began = Stopwatch.GetTimestamp();
        var result = measure();
        Console.Error.WriteLine($"{Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        return result;
    }

    internal sealed record Results(
        int Runs,
        List<JudgeDetection.Start> Start,
        List<JudgeDetection.Late> Late,
        List<JudgeFalseRollbacks.Row> FalseRollbacks,
        List<JudgeBlame.Outage> CommonOutages,
        List<JudgeBlame.Dead> DeadCanaries,
        List<CallCost.Row> Cost);
}
