using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>A Spectre console on the command line's own writer.</summary>
internal static class Consoles
{
    /// <summary>The width in columns of what is drawn into a pipe, where COLUMNS does not say it.</summary>
    private const int PipeWidth = 80;

    /// <summary>In columns: on a narrower screen the terminal wraps. Spectre.Console has no end where a column has no room for a letter.</summary>
    private const int Narrowest = 20;

    /// <summary>In columns: wider than any row, so that none is wrapped.</summary>
    private const int WholeRows = 10_000;

    public static IAnsiConsole Open(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        if (output.IsTerminal)
        {
            return AnsiConsole.Create(new AnsiConsoleSettings { Out = output });
        }

        return AnsiConsole.Create(new AnsiConsoleSettings { Out = new Pipe(writer, Width(Environment.GetEnvironmentVariable("COLUMNS"))) });
    }

    /// <summary>The width that COLUMNS says; null where it says none.</summary>
    internal static int? Width(string? columns) =>
        int.TryParse(columns, CultureInfo.InvariantCulture, out var told) && told > 0 ? Math.Max(Narrowest, told) : null;

    /// <summary>
    /// Writes a table or text. In a pipe without a known width every row and sentence is one line, however long, for programs that look for
    /// names and count lines; but what is shown, and how, is chosen as for a screen of <see cref="PipeWidth"/>.
    /// </summary>
    public static void WriteRows(IAnsiConsole console, Func<Sheet, IRenderable> draw)
    {
        if (console.Profile.Out is not Pipe { IsWidthTold: false } pipe)
        {
            console.Write(draw(Sheet.Of(console)));
            return;
        }

        var drawn = draw(Sheet.Of(console) with { Wraps = false });
        console.Profile.Width = WholeRows;
        foreach (var line in Segment.SplitLines(drawn.GetSegments(console)))
        {
            // Cells are padded to their column's width; shown on a screen, trailing blanks would wrap.
            pipe.Writer.WriteLine(string.Concat(line.Select(segment => segment.Text)).TrimEnd());
        }
    }

    private sealed class Pipe(TextWriter writer, int? width) : IAnsiConsoleOutput
    {
        private const int Lines = 24;

        public bool IsWidthTold => width is not null;

        public TextWriter Writer => writer;

        public bool IsTerminal => false;

        public int Width => width ?? PipeWidth;

        public int Height => Lines;

        public void SetEncoding(Encoding encoding)
        {
            // The writer has its own.
        }
    }
}
