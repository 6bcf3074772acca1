using Snapback.Control;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>What became of copies, and where their answers differ from stable's.</summary>
internal static class ShadowScreen
{
    public static IRenderable Of(ShadowReportView report)
    {
        var facts = new Fields()
            .Add("Version", report.Version ?? "none yet")
            .Add("Copies", report.Copies?.Told ?? "none")
            .Add("Compared", report.Compares ? Compared(report) : "no; the plan has no shadow.compare");
        if (report.Differences.Count == 0)
        {
            return facts.Block;
        }

        var table = new Table().Border(TableBorder.None);
        foreach (var title in (string[])["COUNT", "WHERE", "STABLE", "CANARY", "SEEN IN"])
        {
            table.AddColumn(
                new TableColumn(new Text(title, Look.Quiet))
                {
                    Alignment = title == "COUNT" ? Justify.Right : Justify.Left,
                }.PadLeft(0).PadRight(2));
        }

        foreach (var place in report.Differences)
        {
            var sample = place.Samples.Count > 0 ? place.Samples[^1] : null;
            table.AddRow(
                new Text(Figures.Count(place.Count)),
                new Text(place.Where ?? Figures.None, Look.Canary),
                new Text(sample?.Stable ?? Figures.None),
                new Text(sample?.Canary ?? Figures.None),
                new Text(sample is null ? Figures.None : $"{sample.Method} {sample.Path}", Look.Quiet));
        }

        return new Rows(facts.Block, new Text(" "), table);
    }

    private static string Compared(ShadowReportView report)
    {
        var differ = report.Different == 1 ? "differs" : "differ";
        return $"{Counted.Of(report.Compared, "answer")}, {Figures.Count(report.Different)} {differ} ({report.DifferentPercent}%); " +
            $"{Figures.Count(report.NotCompared)} could not be compared";
    }
}
