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

    /// <summary>In columns: wider than any row, so that none is wrapped.</summary>
    private const int WholeRows = 10_000;

    public static IAnsiConsole Open(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        if (output.IsTerminal)
        {
            return AnsiConsole.Create(new AnsiConsoleSettings { Out = output });
        }

        var told = int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), CultureInfo.InvariantCulture, out var columns)
            && columns > 0
            ? columns
            : (int?)null;
        return AnsiConsole.Create(new AnsiConsoleSettings { Out = new Pipe(writer, told) });
    }

    /// <summary>
    /// Writes a table or text. In a pipe without a known width every row and sentence is one line, however long, for programs that look for
    /// names and count lines; but what is shown, and how, is chosen as for a screen of <see cref="PipeWidth"/>.
    /// </summary>
    public static void WriteRows(IAnsiConsole console, Func<Sheet, IRenderable> draw)
    {
        var drawn = draw(Sheet.Of(console));
        if (console.Profile.Out is not Pipe { IsWidthTold: false } pipe)
        {
            console.Write(drawn);
            return;
        }

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
