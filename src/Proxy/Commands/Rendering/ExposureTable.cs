using Snapback.Control;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>Who met the versions that were rolled back, newest first: a table where there is room, else two lines each.</summary>
internal static class ExposureTable
{
    public static IRenderable Of(IReadOnlyList<HistoryView> entries, Sheet sheet)
    {
        var rolledBack = entries.Where(entry => entry.Exposure is not null).ToList();
        if (rolledBack.Count == 0)
        {
            return new Text("No version that was rolled back has met a user.");
        }

        return sheet.IsWide ? Wide(rolledBack) : new Rows(rolledBack.Select(Narrow));
    }

    private static Table Wide(IReadOnlyList<HistoryView> rolledBack)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var title in (string[])["VERSION", "FROM (UTC)", "FOR", "REQUESTS", "USERS", "SENT", "REPLICAS"])
        {
            table.AddColumn(
                new TableColumn(new Text(title, Look.Quiet))
                {
                    // A long tag would leave no room for any figure.
                    NoWrap = title != "VERSION",
                    Alignment = title is "VERSION" or "FROM (UTC)" ? Justify.Left : Justify.Right,
                }.PadLeft(0).PadRight(2));
        }

        foreach (var entry in rolledBack)
        {
            var exposure = entry.Exposure!;
            table.AddRow(
                new Text(Figures.ShortVersion(entry.Version)),
                new Text(Figures.Time(exposure.From), Look.Quiet),
                new Text(Lasted(exposure)),
                new Text(Figures.Count(exposure.Requests)),
                new Text(Figures.Count(exposure.Users)),
                new Text(Size(exposure.Bytes)),
                new Text(Figures.Count(exposure.Replicas)));
        }

        return table;
    }

    private static Rows Narrow(HistoryView entry)
    {
        var exposure = entry.Exposure!;
        return new Rows(
            new Paragraph()
                .Append(Figures.ShortVersion(entry.Version))
                .Append($"  {Figures.Time(exposure.From)} UTC for {Lasted(exposure)}", Look.Quiet),
            new Padder(
                new Text(
                    $"{Of(exposure.Requests, "request")}, {Of(exposure.Users, "user")}, "
                    + $"{Size(exposure.Bytes)} sent, {Of(exposure.Replicas, "replica")}"),
                new Padding(2, 0, 0, 0)));
    }

    private static string Of(long? count, string noun) => $"{Figures.Count(count)} {Counted.Noun(count ?? 0, noun)}";

    private static string Lasted(ExposureView exposure) =>
        exposure is { From: { } from, To: { } to } ? Figures.Duration(to - from) : Figures.None;

    private static string Size(long? bytes) => bytes switch
    {
        null => Figures.None,
        < 10_000 => $"{Figures.Count(bytes)} B",
        < 10_000_000 => $"{Figures.Count(bytes / 1000)} kB",
        _ => $"{Figures.Count(bytes / 1_000_000)} MB",
    };
}
