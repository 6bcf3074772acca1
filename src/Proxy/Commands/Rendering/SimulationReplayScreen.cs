using Snapback.Control;
using Snapback.Control.Analysis;
using Snapback.Control.Simulation;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>Whether, when and why a record would have ended in a rollback.</summary>
internal static class SimulationReplayScreen
{
    public static IRenderable Of(SimulateRecords replayed, Sheet sheet)
    {
        var report = replayed.Report;
        var facts = new Fields()
            .Add("Record", Lines(replayed.File, replayed.Record))
            .Add("", replayed.Stable is { } stable ? Lines("stable's", stable) : null)
            .Add("Spans", report.Seconds > 0 ? SimulationScreen.Time(report.Seconds) : "no time; the lines were taken in their order")
            .Add("Canary", Arm(report.Canary))
            .Add("Stable", report.Stable.Responses + report.Stable.Neutral > 0 ? Arm(report.Stable) : "no lines: nothing to compare with");
        return new Rows(
            new Paragraph().Append(replayed.Plan.Name, Look.Strong).Append("  a record put through its judge"),
            facts.Block,
            new Text(" "),
            report.End is { } end ? End(end, sheet) : GoesOn(report, sheet));
    }

    private static Rows End(ReplayEnd end, Sheet sheet) => new(
        new Paragraph().Append($"{sheet.Pick("↺", "<")} ", Look.Bad).Append(
            end.Ruling.BlamesCanary ? "Would have rolled back" : "Would have withdrawn the canary", Look.Strong),
        new Fields()
            .Add("When", When(end))
            .Add("By", SimulationScreen.Trigger(end.Ruling.Cause))
            .Add("Why", end.Sentence)
            .Add(
                "Spared",
                end.LaterFailures > 0
                    ? $"the {Counted.Of(end.LaterFailures, "canary failure")} that the record has after it"
                    : "no failure: the record has none after it")
            .Block);

    private static string When(ReplayEnd end)
    {
        var after = end.Seconds > 0 ? $"{SimulationScreen.Time(end.Seconds)} after the first; " : "";
        var slow = end.SlowOnes > 0 ? $", {end.SlowOnes:N0} slow" : "";
        return $"line {end.Line:N0}, {after}the canary's response {end.Response:N0}, its failure {end.Failure:N0}{slow}";
    }

    private static Rows GoesOn(ReplayReport report, Sheet sheet) => new(
        new Paragraph().Append($"{sheet.Pick("✓", "+")} ", Look.Good).Append("Would not have rolled back", Look.Strong),
        new Fields()
            .Add("Nearest", Bars.Meter(report.Nearest, sheet))
            .Add(
                "Held",
                report.SharedAt is { } at
                    ? $"{SimulationScreen.Time(at)} after the first line both arms failed: frozen, nobody blamed"
                    : null)
            .Block);

    private static string Lines(string file, ResponseRecord record) =>
        $"{(file == "-" ? "standard input" : file)}, {Counted.Of(record.Responses.Length, "line")}"
            + (record.Lost > 0 ? $"; the recorder lost {record.Lost:N0} more" : "")
            + (record.Bad > 0 ? $"; {record.Bad:N0} more cannot be read, the first is {record.FirstBad}" : "");

    private static string Arm(ArmTally arm)
    {
        var failed = arm.Responses > 0 ? $" ({PerCent.Of(100.0 * arm.Failures / arm.Responses)})" : "";
        return $"{Counted.Of(arm.Responses, "response")}, {arm.Failures:N0} failed{failed}"
            + (arm.Slow > 0 ? $", {arm.Slow:N0} slow" : "") + (arm.Neutral > 0 ? $", {arm.Neutral:N0} nobody's" : "");
    }
}
