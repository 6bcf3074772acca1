using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>Labels on the left, what they say on the right, in the same place in every block of a screen.</summary>
internal sealed class Fields
{
    private const int LabelWidth = 11;

    private readonly Grid _grid = new Grid()
        .AddColumn(new GridColumn().Width(LabelWidth).NoWrap().PadLeft(0).PadRight(1))
        .AddColumn(new GridColumn().PadLeft(0).PadRight(0));

    public static int ValueWidth(Sheet sheet) => Math.Max(1, sheet.Width - LabelWidth - 1);

    public bool IsEmpty => _grid.Rows.Count == 0;

    public IRenderable Block => _grid;

    public Fields Add(string label, IRenderable value)
    {
        _grid.AddRow(new Text(label, Look.Quiet), value);
        return this;
    }

    public Fields Add(string label, string? value, Style? style = null) =>
        string.IsNullOrWhiteSpace(value) ? this : Add(label, new Text(value, style ?? Look.Plain));
}
