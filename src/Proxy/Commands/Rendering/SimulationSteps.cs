using Snapback.Control;
using Snapback.Control.Simulation;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>What each step sees, and the judge's two tables in words.</summary>
internal static class SimulationSteps
{
    private const int Shown = 4;

    /// <summary>In columns: what the table needs. On a narrower sheet each step has its own lines.</summary>
    private const int TableWidth = 50;

    public static IRenderable Of(SimulationReport report, Sheet sheet)
    {
        var parts = new List<IRenderable> { new Text("What the steps see", Look.Strong) };
        if (sheet.Width >= TableWidth)
        {
            parts.Add(Table(report, sheet));
        }
        else
        {
            parts.AddRange(report.Steps.Select(Narrow));
        }

        if (!report.ProofTable.IsEmpty)
        {
            var proves = report.ProofTable.Take(Shown).Select(responses => SimulationScreen.Text($"{responses:N0}"));
            parts.Add(new Fields()
                .Add("Rolls back", report.Request.Judge.ConsecutiveFailures is { } run ? InARow(run) : OnCounts(report))
                .Add("Is proved", $"good by {string.Join(", ", proves)} responses with 0, 1, 2, 3 failures among them")
                .Block);
        }

        return new Rows(parts);
    }

    private static Table Table(SimulationReport report, Sheet sheet)
    {
        var table = new Table().Border(TableBorder.None);
        string[] titles = ["step", "lasts", "canary/s", "responses", sheet.IsWide ? "mildest failure rate it finds" : "finds from"];
        foreach (var title in titles)
        {
            table.AddColumn(new TableColumn(new Text(title, Look.Quiet))
            {
                Alignment = Justify.Right,
                NoWrap = true,
            }.PadLeft(0).PadRight(2));
        }

        foreach (var step in report.Steps)
        {
            table.AddRow(
                new Text(step.Step.Name, Look.Canary),
                new Text(SimulationScreen.Time(step.Seconds)),
                new Text(PerSecond(step)),
                new Text(SimulationScreen.Text($"{step.Responses:N0}")),
                new Text(step.Finds is { } finds ? Rate(finds) : Figures.None));
        }

        return table;
    }

    private static Rows Narrow(StepNeeds step) => new(
        new Paragraph().Append(step.Step.Name, Look.Canary).Append($": lasts {SimulationScreen.Time(step.Seconds)}, canary/s {PerSecond(step)}"),
        new Padder(
            new Text(
                SimulationScreen.Text($"{step.Responses:N0} responses, ")
                + (step.Finds is { } finds ? $"finds from {Rate(finds)}" : "finds none")),
            new Padding(2, 0, 0, 0)));

    // Little is not nothing: six decimals show the least rate with the least weight.
    private static string PerSecond(StepNeeds step) => step.CanaryPerSecond < 0.01
        ? SimulationScreen.Text($"{step.CanaryPerSecond:0.######}")
        : SimulationScreen.Text($"{step.CanaryPerSecond:#,0.##}");

    private static string Rate(double finds) =>
        finds < 0.001 ? SimulationScreen.Text($"{finds * 100:0.#####}%") : SimulationScreen.Text($"{finds * 100:0.##}%");

    private static string InARow(int run) => SimulationScreen.Text($"on {Counted.Of(run, "failure")}{(run == 1 ? "" : " in a row")}");

    private static string OnCounts(SimulationReport report)
    {
        var fires = report.FiringTable
            .Select((within, failures) => (within, failures))
            .Where(entry => entry.within > 0)
            .Take(Shown)
            .Select(entry => SimulationScreen.Text($"{entry.failures} of {entry.within:N0}"));
        return $"on {string.Join(", ", fires)} failed at the start of a step";
    }
}
