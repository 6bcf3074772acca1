using Snapback.Control.Simulation;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>What each fault leads to: first the canary's own, then what must not be blamed on it.</summary>
internal static class SimulationFaults
{
    public static IRenderable Of(SimulationReport report, Sheet sheet)
    {
        var canarys = report.Faults.Where(fault => fault.Scenario.IsCanarys).ToList();
        var others = report.Faults.Where(fault => !fault.Scenario.IsCanarys && fault.Ended is not null).ToList();
        var ran = canarys.Where(fault => fault.Ended is not null).ToList();
        var (window, shield) = (report.Request.Admission is not null, report.Request.Plan.Shield is not null);
        List<IRenderable> parts = [new Text("A bad canary", Look.Strong)];
        if (sheet.IsWide && ran.Count > 0)
        {
            parts.Add(Wide(ran, sheet, window, shield));
        }
        else
        {
            parts.AddRange(ran.Select(fault => Narrow(fault, window, shield)));
        }

        parts.AddRange(canarys.Where(fault => fault.NotRun is not null).Select(fault => Line(fault.Scenario.Name, fault.NotRun!, Look.Quiet)));
        if (others.Count > 0)
        {
            parts.AddRange([new Text(" "), new Text("Not the canary's fault", Look.Strong), .. others.Select(Innocent)]);
        }

        return new Rows(parts);
    }

    private static Table Wide(IEnumerable<FaultResult> faults, Sheet sheet, bool window, bool shield)
    {
        var table = New(sheet, window, shield);
        foreach (var fault in faults)
        {
            table.AddRow(Row(fault, sheet, window, shield));
        }

        return table;
    }

    /// <summary>Two lines each: a figure in two parts is no figure.</summary>
    private static Rows Narrow(FaultResult fault, bool window, bool shield)
    {
        var found = fault.Ended!.Share;
        var after = fault.Responses.Median is { } median
            ? SimulationScreen.Text($" after {median:N0} responses, {Time(fault.Seconds.Median)} (median)")
            : "";
        var victims = SimulationScreen.Number(window ? fault.Victims : fault.VictimsWithoutWindow);
        return new Rows(
            Line(fault.Scenario.Name, $"found {SimulationScreen.Percent(found)}", Quality(found)).Append(after),
            new Padder(
                new Text(
                    $"victims {victims} (mean)"
                    + (window ? $", {SimulationScreen.Number(fault.VictimsWithoutWindow)} without window" : "")
                    + (shield ? $", {SimulationScreen.Number(fault.VictimsWithShield)} with shield" : "")),
                new Padding(2, 0, 0, 0)));
    }

    private static Style Quality(double found) => found >= 0.95 ? Look.Good : found < 0.5 ? Look.Bad : Look.Plain;

    private static Table New(Sheet sheet, bool window, bool shield)
    {
        var table = new Table().Border(TableBorder.None);
        table.AddColumn(Column("", Justify.Left).PadRight(2));
        table.AddColumn(Column("found"));
        table.AddColumn(Column("responses\n(median)"));
        table.AddColumn(Column("after"));
        if (HasRoom(sheet))
        {
            table.AddColumn(Column("p95"));
        }

        table.AddColumn(Column("victims\n(mean)"));
        if (window)
        {
            table.AddColumn(Column("without\nwindow"));
        }

        if (shield)
        {
            table.AddColumn(Column("with\nshield"));
        }

        table.AddColumn(Column("by", Justify.Left).PadLeft(1));
        return table;
    }

    private static IEnumerable<IRenderable> Row(FaultResult fault, Sheet sheet, bool window, bool shield)
    {
        var found = fault.Ended!.Share;
        yield return new Text(fault.Scenario.Name, Look.Canary);
        yield return new Text(SimulationScreen.Percent(found), Quality(found));
        yield return new Text(fault.Responses.Median is { } median ? SimulationScreen.Text($"{median:N0}") : Figures.None);
        yield return new Text(Time(fault.Seconds.Median));
        if (HasRoom(sheet))
        {
            yield return new Text(Time(fault.Seconds.P95));
        }

        if (window)
        {
            yield return new Text(SimulationScreen.Number(fault.Victims), Look.Strong);
        }

        yield return new Text(SimulationScreen.Number(fault.VictimsWithoutWindow), window ? Look.Plain : Look.Strong);
        if (shield)
        {
            yield return new Text(SimulationScreen.Number(fault.VictimsWithShield), Look.Good);
        }

        yield return new Text(SimulationScreen.Trigger(fault.MostOften), Look.Quiet);
    }

    /// <summary>For the one column that can be left out.</summary>
    private static bool HasRoom(Sheet sheet) => sheet.Width >= 86;

    private static Paragraph Innocent(FaultResult fault)
    {
        var (ended, blamed) = (fault.Ended!, fault.Blamed!);
        var withdrawn = ended.Share - blamed.Share;
        var words = ended.Count == 0 ? "never rolled back"
            : $"blamed in {SimulationScreen.Percent(blamed.Share)} of the runs"
                + (withdrawn > 0 ? $", withdrawn as a precaution in {SimulationScreen.Percent(withdrawn)}" : "");
        return Line(fault.Scenario.Name, words, blamed.Share > 0.1 ? Look.Bad : Look.Good);
    }

    private static Paragraph Line(string name, string words, Style style) =>
        new Paragraph().Append(name, Look.Canary).Append(": ").Append(words, style);

    private static TableColumn Column(string title, Justify alignment = Justify.Right) =>
        new TableColumn(new Text(title, Look.Quiet)) { Alignment = alignment, NoWrap = true }.PadLeft(0).PadRight(1);

    private static string Time(double? seconds) => seconds is { } known ? SimulationScreen.Time(known) : Figures.None;
}
