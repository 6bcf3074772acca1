using Spectre.Console;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>What a screen must fit on.</summary>
/// <param name="Width">In columns.</param>
/// <param name="Unicode">False where only ASCII can be shown.</param>
/// <param name="Wraps">False where a row is one line, however long.</param>
internal readonly record struct Sheet(int Width, bool Unicode, bool Wraps = true)
{
    /// <summary>In columns: what the table of both arms needs. On a narrower sheet the arms are shown one below the other.</summary>
    private const int WideFrom = 76;

    public bool IsWide => Width >= WideFrom;

    public static Sheet Of(IAnsiConsole console) => new(console.Profile.Width, console.Profile.Capabilities.Unicode);

    public string Pick(string unicode, string ascii) => Unicode ? unicode : ascii;
}
