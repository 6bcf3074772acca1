using Snapback.Proxy.Commands.Watching;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>What happened, line by line: aligned where a person reads it on a screen, one line each where a program does.</summary>
internal sealed class EventLog
{
    private const int TimeWidth = 19;

    /// <summary>The longest of the usual words, <c>rolled-back</c>; a longer one moves its own line only.</summary>
    private const int KindWidth = 11;

    private const int LongestName = 24;
    private const int LongestBy = 12;

    private readonly ClientCall _call;
    private readonly IAnsiConsole? _console;
    private readonly int _nameWidth;
    private readonly int _byWidth;

    public EventLog(ClientCall call, bool json, IReadOnlyList<Happening> recent, IReadOnlyList<RolloutView> rollouts)
    {
        _call = call;
        _nameWidth = Math.Min(LongestName, rollouts.Select(rollout => rollout.Name!.Length).Append("ROLLOUT".Length).Max());
        _byWidth = Math.Min(LongestBy, recent.Select(happening => happening.Line.By?.Length ?? 0).Append("snapback".Length).Max());
        Write = json ? happening => call.Out.WriteLine(happening.ToJson()) : WriteLine;
        if (!json && call.OpenConsole() is { Profile.Out.IsTerminal: true } console)
        {
            _console = console;
            Write = Draw;
            if (Sheet.Of(console).IsWide)
            {
                console.Write(Row(["TIME (UTC)", "ROLLOUT", "EVENT", "BY", "WHAT"], [Look.Quiet, Look.Quiet, Look.Quiet, Look.Quiet, Look.Quiet]));
            }
        }
    }

    public Action<Happening> Write { get; }

    private static string What(Happening happening) => HistoryTable.What(happening.Line).ReplaceLineEndings(" ");

    private void WriteLine(Happening happening)
    {
        var line = happening.Line;
        var kind = (line.Kind ?? Figures.None).PadRight(KindWidth);
        var by = (line.By ?? Figures.None).PadRight(_byWidth);
        _call.Out.WriteLine(
            $"{Figures.Time(line.At)}  {happening.Rollout.PadRight(_nameWidth)}  {kind}  {by}  {What(happening)}");
    }

    private void Draw(Happening happening)
    {
        var line = happening.Line;
        // Measured each time, since the window may have been resized.
        var isWide = Sheet.Of(_console!).IsWide;
        _console!.Write(isWide
            ? Row(
                [Figures.Time(line.At), happening.Rollout, line.Kind ?? Figures.None, line.By ?? Figures.None, What(happening)],
                [Look.Quiet, Look.Strong, HistoryTable.Style(line), Look.Plain, Look.Plain])
            : new Rows(
                new Paragraph()
                    .Append($"{Figures.Time(line.At)} UTC", Look.Quiet)
                    .Append($"  {happening.Rollout}", Look.Strong)
                    .Append($"  {line.Kind}", HistoryTable.Style(line))
                    .Append(line.By is null ? "" : $"  {StatusLine.By(line.By)}"),
                new Padder(new Text(What(happening)), new Padding(2, 0, 0, 0))));
    }

    private Grid Row(string[] texts, Style[] styles)
    {
        int?[] widths = [TimeWidth, _nameWidth, Math.Max(KindWidth, texts[2].Length), _byWidth, null];
        var grid = new Grid();
        foreach (var width in widths)
        {
            grid.AddColumn(new GridColumn { Width = width }.PadLeft(0).PadRight(width is null ? 0 : 2));
        }

        return grid.AddRow([.. texts.Zip(styles, (text, style) => (IRenderable)new Text(text, style))]);
    }
}
