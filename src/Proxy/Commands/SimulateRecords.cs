using Snapback.Control;
using Snapback.Control.Rollouts;
using Snapback.Control.Simulation;

namespace Snapback.Proxy.Commands;

/// <summary>The logs given to <c>simulate --record</c>, and the judge's verdict on them.</summary>
/// <param name="File">The log's path as it was given; - for standard input.</param>
/// <param name="Record">The responses that could be read of it.</param>
/// <param name="Stable">Those of stable's own log; null if there is one log for both arms.</param>
/// <param name="Report">When and why the judge would have rolled back.</param>
internal sealed record SimulateRecords(RolloutPlan Plan, string File, ResponseRecord Record, ResponseRecord? Stable, ReplayReport Report)
{
    /// <summary>Null, with the problems noted, if a log cannot be used.</summary>
    /// <param name="input">Standard input.</param>
    public static SimulateRecords? Replay(RolloutPlan plan, string file, string? stableFile, TextReader input, List<string> problems)
    {
        var record = Read(file, isCanary: true, input, problems);
        var stable = stableFile is null ? null : Read(stableFile, isCanary: false, input, problems);
        if (stable is not null && record is not null && !(stable.HasTimes && record.HasTimes))
        {
            problems.Add(
                "The two logs cannot be put in one order: some of their lines have no time. Add a time to every line, or give one log with \"arm\" in each line.");
        }

        return problems.Count > 0 ? null : new SimulateRecords(plan, file, record!, stable, Control.Simulation.Replay.Run(plan, record!, stable));
    }

    private static ResponseRecord? Read(string file, bool isCanary, TextReader input, List<string> problems)
    {
        if (file.Length == 0)
        {
            problems.Add("The path of a log is empty. Give the path of a log, or - for standard input.");
            return null;
        }

        try
        {
            var record = RecordReader.Read(file == PlanInput.Standard ? Lines(input) : System.IO.File.ReadLines(file), isCanary);
            if (record.Responses.IsEmpty && record.Bad == 0)
            {
                problems.Add($"{file}: the log is empty. Give one with a response in each line.");
            }
            else if (record.Bad > record.Responses.Length)
            {
                problems.Add(
                    $"{file}: {record.Bad:N0} of {Counted.Of(record.Bad + record.Responses.Length, "line")} cannot be read; {record.FirstBad} " +
                    "Give JSON lines with \"outcome\" or \"status\", or an access log in the common or combined format.");
            }

            return record;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{file}: {e.Message} Give the path of a log, or - for standard input.");
            return null;
        }
    }

    private static IEnumerable<string> Lines(TextReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
