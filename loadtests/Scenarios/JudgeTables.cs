using Snapback.LoadTests.Micro;
using Spectre.Console;

namespace Snapback.LoadTests.Scenarios;

/// <summary>The results for people; Markdown where the output is no terminal, so that it can be pasted.</summary>
internal static class JudgeTables
{
    // Wider than any table here: a file has no right edge.
    private const int WidthOfFile = 140;

    public static void Print(JudgeScenario.Results results, List<JudgeTarget> targets)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = WidthOfFile;
        }

        Start(results.Start);
        Late(results.Late);
        False(results.FalseRollbacks);
        Blame(results.CommonOutages, results.DeadCanaries);
        Cost(results.Cost);
        Targets(targets);
    }

    public static string Share(double share) => $"{100 * share:0.##}%";

    public static string Alpha(double alpha) => $"{alpha:0e-0}";

    private static void Start(List<JudgeDetection.Start> rows)
    {
        var table = New("p0", "α", "p1", "Wald", "optimum", "mean", "median", "p95", "÷ optimum");
        foreach (var row in rows)
        {
            var held = row.RatioToAttainable < row.Ratio ? $" ({row.RatioToAttainable:0.00}*)" : "";
            table.AddRow([
                Share(row.P0),
                Alpha(row.Alpha),
                Share(row.Rate),
                Count(row.Wald),
                Count(row.Optimum),
                .. Of(row.Requests),
                $"{row.Ratio:0.00}{held}",
            ]);
        }

        Write("Requests to detect, bad from the first request", table);
        AnsiConsole.WriteLine("* against the best rule that never rolls back for a single failure, as this one does not: 2/p1");
    }

    private static void Late(List<JudgeDetection.Late> rows)
    {
        var table = New("p1", "ln A/KL", "CUSUM", "mean", "median", "p95", "÷ CUSUM");
        foreach (var row in rows)
        {
            table.AddRow([Share(row.Rate), Count(row.Lorden), Count(row.Cusum), .. Of(row.Requests), $"{row.Ratio:0.00}"]);
        }

        var before = $"{JudgeDetection.HealthyResponses:N0} responses with {Share(JudgeDetection.Healthy)} failures";
        Write($"Requests to detect, bad after {before}", table);
        AnsiConsole.WriteLine($"p0 0.5%, balanced; both rules raise one false alarm in {rows[0].Every:N0} responses at p0");
    }

    private static void False(List<JudgeFalseRollbacks.Row> rows)
    {
        var table = New("failure rate", "high", "balanced", "low");
        foreach (var canary in rows.GroupBy(row => row.OfBudget))
        {
            table.AddRow([
                Share(canary.Key * JudgeDetection.Budget),
                .. canary.Select(row => $"{Rare(row.Share)} [[{Rare(row.From)}, {Rare(row.To)}]] of {row.Runs:N0}"),
            ]);
        }

        Write($"Rolled back within {JudgeFalseRollbacks.Responses:N0} responses, limit 0.5% (95% interval)", table);
    }

    private static void Blame(List<JudgeBlame.Outage> outages, List<JudgeBlame.Dead> dead)
    {
        var table = New("healthy before", "both arms fail", "weight", "blamed", "taken back", "withdrawn", "runs");
        foreach (var row in outages)
        {
            table.AddRow(
                $"{row.Healthy:N0}",
                Share(row.Rate),
                Share(row.Weight),
                Share(row.Share),
                Share((double)row.Exonerated / row.Runs),
                Share((double)row.Withdrawn / row.Runs),
                $"{row.Runs:N0}");
        }

        Write($"Common outage at {JudgeBlame.PerSecond:N0} requests a second, balanced: is the canary blamed?", table);

        table = New("healthy before", "weight", "mean", "median", "most", "not blamed", "runs");
        foreach (var row in dead)
        {
            table.AddRow(
                $"{row.Healthy:N0}",
                Share(row.Weight),
                $"{row.Mean:0.00}",
                $"{row.Median}",
                $"{row.Most}",
                Share((double)row.Excused / row.Runs),
                $"{row.Runs:N0}");
        }

        Write("Failures until a dead canary is gone, stable with 0.1% failures", table);
    }

    private static void Cost(List<CallCost.Row> rows)
    {
        var table = New("a call", "threads", "ns", "bytes allocated");
        foreach (var row in rows)
        {
            table.AddRow(row.What, $"{row.Threads}", $"{row.Nanoseconds:0.0}", $"{row.Bytes}");
        }

        Write($"Cost as the calling thread sees it, median of {JudgeCost.Rounds} rounds", table);
    }

    private static void Targets(List<JudgeTarget> targets)
    {
        var table = New("target", "at most", "measured", "worst at", "");
        foreach (var target in targets)
        {
            table.AddRow(
                target.Name,
                $"{target.AtMost:G4}",
                $"{target.Measured:G4}",
                target.Worst,
                target.Met ? "met" : target.Fails ? "MISSED" : "over, by what may be noise");
        }

        Write("Targets", table);
    }

    private static Table New(params string[] columns)
    {
        var table = new Table { Border = Console.IsOutputRedirected ? TableBorder.Markdown : TableBorder.Rounded };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(column).NoWrap());
        }

        return table;
    }

    private static void Write(string title, Table table)
    {
        AnsiConsole.WriteLine();
        AnsiConsole.WriteLine(title);
        AnsiConsole.Write(table);
    }

    private static string[] Of(JudgeDetection.Spread requests) => [Count(requests.Mean), $"{requests.Median}", $"{requests.P95}"];

    private static string Rare(double share) => share is 0 or >= 0.01 ? Share(share) : $"{share:0.0e-0}";

    private static string Count(double mean) => mean < 100 ? $"{mean:0.0}" : $"{mean:0}";
}
