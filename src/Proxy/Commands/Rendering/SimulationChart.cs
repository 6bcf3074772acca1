using Snapback.Control.Simulation;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>
/// Responses until the rollback, on a logarithmic axis: solid up to the median, thin up to the p95. Glyphs differ without colour too.
/// </summary>
internal static class SimulationChart
{
    private const int NameWidth = 21;
    private const int FiguresWidth = 14;

    // A label of the axis and a blank, or the labels run into each other.
    private const int LeastDecade = 5;

    /// <summary>Null if nothing was found, or there is no room for it.</summary>
    public static IRenderable? Of(SimulationReport report, Sheet sheet)
    {
        var rows = report.Faults.Where(fault => fault.Scenario.IsCanarys && fault.Responses.Median is not null).ToList();
        if (rows.Count == 0)
        {
            return null;
        }

        var cells = sheet.Width - NameWidth - FiguresWidth;
        var decades = Math.Max(1, (int)Math.Ceiling(Math.Log10(rows.Max(fault => fault.Responses.P95 ?? fault.Responses.Median!.Value))));
        if (cells <= LeastDecade * decades)
        {
            return null;
        }

        return new Rows(
        [
            new Text("Canary responses until the rollback: solid to the median, thin to the p95", Look.Strong),
            .. rows.Select(fault => Row(fault, cells, decades, sheet)),
            Axis(cells, decades),
        ]);
    }

    private static Paragraph Row(FaultResult fault, int cells, int decades, Sheet sheet)
    {
        var median = fault.Responses.Median!.Value;
        var solid = Cell(median, cells, decades);
        var thin = Math.Max(solid, fault.Responses.P95 is { } p95 ? Cell(p95, cells, decades) : cells);
        var name = fault.Scenario.Name;
        return new Paragraph()
            .Append(name.PadRight(NameWidth)[..NameWidth], Look.Canary)
            .Append(Repeat(sheet.Pick("█", "#"), solid), Look.Canary)
            .Append(Repeat(sheet.Pick("─", "-"), thin - solid), Look.Quiet)
            .Append(SimulationScreen.Text($" {median:N0}"), Look.Strong)
            .Append(fault.Responses.P95 is { } known ? known > median ? SimulationScreen.Text($" {known:N0}") : "" : " later", Look.Quiet);
    }

    private static Text Axis(int cells, int decades)
    {
        var line = new char[NameWidth + cells + 4];
        Array.Fill(line, ' ');
        for (var decade = 0; decade <= decades; decade++)
        {
            var label = decade switch
            {
                < 3 => $"{Math.Pow(10, decade):0}",
                < 6 => $"{Math.Pow(10, decade - 3):0}k",
                _ => $"{Math.Pow(10, decade - 6):0}M",
            };
            var at = Math.Max(NameWidth, NameWidth + Cell(Math.Pow(10, decade), cells, decades) - 1);
            label.CopyTo(line.AsSpan(at, Math.Min(label.Length, line.Length - at)));
        }

        return new Text(new string(line).TrimEnd(), Look.Quiet);
    }

    // One response gets a cell too: nothing at all would look like nothing needed.
    private static int Cell(double value, int cells, int decades) =>
        Math.Clamp(1 + (int)Math.Round(Math.Log10(Math.Max(1, value)) / decades * (cells - 1)), 1, cells);

    private static string Repeat(string glyph, int times) => string.Concat(Enumerable.Repeat(glyph, times));
}
