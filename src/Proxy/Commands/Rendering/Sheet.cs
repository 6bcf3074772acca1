using Spectre.Console;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>What the drawing must fit on.</summary>
/// <param name="Unicode">False where only ASCII arrives whole.</param>
internal readonly record struct Sheet(int Width, bool Unicode)
{
    /// <summary>The two-arm table needs this much beside its labels; below it, everything stands one under the other.</summary>
    private const int WideFrom = 76;

    public bool IsWide => Width >= WideFrom;

    public static Sheet Of(IAnsiConsole console) => new(console.Profile.Width, console.Profile.Capabilities.Unicode);

    public string Pick(string unicode, string ascii) => Unicode ? unicode : ascii;
}
