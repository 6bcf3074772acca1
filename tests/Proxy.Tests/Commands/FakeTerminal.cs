using System.Text;
using Spectre.Console;

namespace Snapback.Proxy.Tests.Commands;

/// <summary>A writer that passes for a terminal of 100 columns.</summary>
internal sealed class FakeTerminal(TextWriter writer) : IAnsiConsoleOutput
{
    public TextWriter Writer => writer;

    public bool IsTerminal => true;

    public int Width => 100;

    public int Height => 50;

    public static IAnsiConsole Open(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        ColorSystem = ColorSystemSupport.TrueColor,
        Interactive = InteractionSupport.Yes,
        Out = new FakeTerminal(writer),
    });

    public void SetEncoding(Encoding encoding)
    {
    }
}
