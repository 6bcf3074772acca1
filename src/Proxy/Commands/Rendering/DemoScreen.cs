using System.Globalization;
using Snapback.Control;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Demo;
using Spectre.Console;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>The demo as it is told: a line per change, then what it all came to.</summary>
internal sealed class DemoScreen(IAnsiConsole console)
{
    private const int BarWidth = 20;
    private const int LabelWidth = 14;

    /// <summary>In columns: what a sentence needs beside the bar. On a narrower screen there is no bar.</summary>
    private const int SentenceWidth = 30;

    private Sheet Sheet => Sheet.Of(console);

    public void Title()
    {
        console.WriteLine();
        console.MarkupLine("[bold]Snapback demo[/]: two versions of a shop behind one proxy, all on this machine.");
        console.WriteLine();
    }

    public void Watch(string admin)
    {
        console.MarkupLine($"Watch it live: [bold]{Page(admin)}[/]");
        console.WriteLine();
    }

    public void Tell(TimeSpan at, string sentence, Weight weight)
    {
        var canary = weight.BasisPoints * BarWidth / Weight.Whole;
        var bar = Bars.Repeat(Sheet.Pick("█", "="), BarWidth - canary) + Bars.Repeat(Sheet.Pick("▒", "#"), canary);
        var line = string.Create(CultureInfo.InvariantCulture, $"{at.TotalSeconds,6:0.00} s  {bar} {weight,4}  ");
        if (console.Profile.Width - line.Length < SentenceWidth)
        {
            line = line.Replace($"{bar} ", "", StringComparison.Ordinal);
        }

        var indent = new string(' ', line.Length);
        var first = true;
        foreach (var part in Wrap(sentence, console.Profile.Width - line.Length))
        {
            console.WriteLine((first ? line : indent) + part);
            first = false;
        }
    }

    public void Summary(DemoReport report)
    {
        console.WriteLine();
        if (report.Rollback is { } record)
        {
            var decided = Figures.Microseconds(record.DecisionMicros);
            Row("Decided", $"{decided} after the deciding response was known, {report.BugToRollbackMs:0} ms after the bug");
            var (failures, responses) = (Counted.Of(record.Failures, "failure"), Counted.Of(record.Requests, "canary response"));
            Row("On", $"{failures} in {responses}; {record.Observed:0.#}% good, {record.Limit:0.##}% wanted");
            var inFlight = record.Shielded + record.Victims - record.FailuresAtDecision;
            var saved = $"({record.FailuresAtDecision} to decide it, {inFlight} more in flight)";
            var requests = Counted.Of(report.Requests, "request");
            Row("Users hurt", $"{report.Hurt} of {requests}: stable answered the {record.Shielded} that the canary failed {saved}");
            var picked = $"{Counted.Of(record.CanaryAfterDecision, "canary request")} picked";
            var later = Counted.Of(report.SentAfter, "later request");
            Row(
                "After it",
                $"{picked}, {report.CanaryLogAfterDecision} in the canary's own log; {report.StableAfter:N0} of {later} answered by stable");
            Row("Took", $"{record.Took.TotalMilliseconds:0} ms from the first bad response to 0%, of {record.Deadline.TotalSeconds:0} s allowed");
        }

        console.WriteLine();
        foreach (var (promise, held) in report.Promises)
        {
            var mark = held ? $"[green]{Sheet.Pick("✓", "+")}[/]" : $"[red]{Sheet.Pick("✗", "x")} broken:[/]";
            console.MarkupLine($"  {mark} {promise.EscapeMarkup()}");
        }

        if (report is { Held: false, WasTooBusy: true })
        {
            console.WriteLine();
            const string Remedy =
                "and both versions answer at once: this machine had no time for the demo. Try again when it is quieter.";
            var late = DemoReport.LateAfter.TotalMilliseconds;
            Row("Too busy", $"{report.Late:N0} of {report.Requests:N0} requests took longer than {late:0} ms, {Remedy}");
        }

        console.WriteLine();
    }

    public void StillServing(string traffic, string admin)
    {
        console.MarkupLine($"Still serving. Traffic [bold]{traffic}[/]. The live page is [bold]{Page(admin)}[/]. In another terminal:");
        console.WriteLine($"  snapback status {DemoPlan.Name} --watch --admin {admin}");
        console.WriteLine($"  snapback retry {DemoPlan.Name} --reason \"try again\" --admin {admin}");
        console.WriteLine("Ctrl-C ends it.");
    }

    private static string Page(string admin) => $"{admin.TrimEnd('/')}/#/{DemoPlan.Name}";

    private void Row(string name, FormattableString text)
    {
        var first = true;
        foreach (var part in Wrap(text.ToString(CultureInfo.InvariantCulture), console.Profile.Width - LabelWidth))
        {
            console.MarkupLine($"  [bold]{(first ? name : ""),-11}[/] {part.EscapeMarkup()}");
            first = false;
        }
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
