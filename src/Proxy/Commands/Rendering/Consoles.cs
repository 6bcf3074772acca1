using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>A Spectre console on the command line's own writer.</summary>
internal static class Consoles
{
    /// <summary>What a screen in a pipe gets when nobody says how wide its reader is.</summary>
    private const int PipeWidth = 80;

    /// <summary>Wider than any row.</summary>
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
    /// In a pipe a row and a sentence are one line: what reads it looks for names and counts lines, and a row in two lines has neither.
    /// What is drawn there is drawn for a screen.
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
            // Cells are filled up to the longest of their column, and a screen on which that is shown would wrap the blanks.
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
