using System.Globalization;
using Spectre.Console;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>A Spectre console on the command line's own writer.</summary>
internal static class Consoles
{
    /// <summary>What a pipe gets when nobody says how wide its reader is.</summary>
    private const int PipeWidth = 80;

    public static IAnsiConsole Open(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (!console.Profile.Out.IsTerminal)
        {
            var told = Environment.GetEnvironmentVariable("COLUMNS");
            console.Profile.Width = int.TryParse(told, CultureInfo.InvariantCulture, out var columns) && columns > 0 ? columns : PipeWidth;
        }

        return console;
    }
}
