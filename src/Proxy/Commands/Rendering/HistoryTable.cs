using Snapback.Control;
using Snapback.Proxy.Commands.Watching;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>What was done to a rollout, newest first.</summary>
internal static class HistoryTable
{
    /// <param name="isWhole">False while the store is away: lines may be missing.</param>
    public static IRenderable Of(IReadOnlyList<HistoryView> entries, Sheet sheet, bool isWhole)
    {
        if (entries.Count == 0)
        {
            return new Text(isWhole ? "Nothing has happened yet." : "No line can be read now.");
        }

        return sheet.IsWide ? Wide(entries) : new Rows(entries.Select(Narrow));
    }

    private static Table Wide(IReadOnlyList<HistoryView> entries)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var title in (string[])["TIME (UTC)", "EVENT", "BY", "WHAT"])
        {
            var column = new TableColumn(new Text(title, Look.Quiet)).PadLeft(0).PadRight(title == "WHAT" ? 0 : 2);
            column.NoWrap = title is "TIME (UTC)" or "EVENT";
            table.AddColumn(column);
        }

        foreach (var entry in entries)
        {
            table.AddRow(
                new Text(Figures.Time(entry.At), Look.Quiet),
                new Text(entry.Kind ?? Figures.None, Style(entry)),
                new Text(entry.By ?? Figures.None),
                new Text(What(entry)));
        }

        return table;
    }

    private static Rows Narrow(HistoryView entry) => new(
        new Paragraph()
            .Append($"{Figures.Time(entry.At)} UTC", Look.Quiet)
            .Append($"  {entry.Kind}", Style(entry))
            .Append(entry.By is null ? "" : $"  {StatusLine.By(entry.By)}"),
        new Padder(new Text(What(entry)), new Padding(2, 0, 0, 0)));

    public static string What(HistoryView entry)
    {
        var what = string.IsNullOrWhiteSpace(entry.Sentence)
            ? $"{entry.Phase}{(entry.Weight is { } weight ? $" at {Figures.Percent(weight)}" : "")} {entry.Version}".Trim()
            : entry.Sentence;
        return Reasoned.Of(what, entry.Reason);
    }

    /// <summary>By what happened: a new plan of a rollout that was rolled back is nothing bad.</summary>
    public static Style Style(HistoryView entry) => (entry.Kind, entry.Phase) switch
    {
        ("rolled-back" or "frozen" or "breached" or "drill-failed", _) or (Happening.Status, "RolledBack" or "Frozen") => Look.Bad,
        ("promoted", _) or (Happening.Status, "Promoted") => Look.Good,
        _ => Look.Plain,
    };
}
