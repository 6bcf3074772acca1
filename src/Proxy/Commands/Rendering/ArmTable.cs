using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>Both arms beside each other: one row per arm where there is room, else one row per figure.</summary>
internal static class ArmTable
{
    private static readonly (string Title, Func<ArmView, string> Of)[] Columns =
    [
        ("requests", arm => Figures.Count(arm.Requests)),
        ("failures", arm => Figures.Count(arm.Failures)),
        ("slow", arm => Figures.Count(arm.Slow)),
        ("success", arm => IfAny(arm, Figures.Percent(arm.SuccessRate))),
        ("p50", arm => Latency(arm.P50Ms, arm.P50Interval)),
        ("p95", arm => Latency(arm.P95Ms, arm.P95Interval)),
        ("p99", arm => Latency(arm.P99Ms, arm.P99Interval)),
        ("in flight", arm => Figures.Count(arm.InFlight)),
    ];

    public static IRenderable Of(ArmsView arms, Sheet sheet)
    {
        (string Name, ArmView Arm, Style Style)[] sides =
        [
            ("stable", arms.Stable ?? new ArmView(), Look.Stable),
            ("canary", arms.Canary ?? new ArmView(), Look.Canary),
        ];
        if (sheet.IsWide)
        {
            var wide = New("arm", Columns.Select(column => column.Title));
            foreach (var (name, arm, style) in sides)
            {
                wide.AddRow([new Text(name, style), .. Columns.Select(column => new Text(column.Of(arm)))]);
            }

            return wide;
        }

        var narrow = New("", sides.Select(side => side.Name));
        foreach (var (title, of) in Columns)
        {
            narrow.AddRow([new Text(title, Look.Quiet), .. sides.Select(side => new Text(of(side.Arm), side.Style))]);
        }

        return narrow;
    }

    private static Table New(string first, IEnumerable<string> titles)
    {
        var table = new Table().Border(TableBorder.None);
        table.AddColumn(Column(first).PadRight(2));
        foreach (var title in titles)
        {
            table.AddColumn(Column(title).RightAligned().PadRight(2));
        }

        // The last column needs no padding, and without it the widest row fits into 80 columns.
        table.Columns[^1].PadRight(0);

        return table;
    }

    private static TableColumn Column(string title) => new TableColumn(new Text(title, Look.Quiet)).PadLeft(0).NoWrap();

    /// <summary>
    /// Marked with "~" where there are too few responses for an upper bound of its confidence interval. An arm that only failed has none: the
    /// admin side says 0.
    /// </summary>
    private static string Latency(double? quantile, IntervalView? interval) =>
        quantile is > 0 ? (interval is { HighMs: null } ? "~" : "") + Figures.Milliseconds(quantile) : Figures.None;

    /// <summary>An arm that has answered nothing has no rate: "100%" would be praise for silence.</summary>
    private static string IfAny(ArmView arm, string figure) => arm.Requests > 0 ? figure : Figures.None;
}
