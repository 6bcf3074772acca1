using Spectre.Console;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>The colours: stable is blue, canary is yellow; each stands beside a word, never alone.</summary>
internal static class Look
{
    public static readonly Style Stable = new(Color.Blue);
    public static readonly Style Canary = new(Color.Yellow);
    public static readonly Style Good = new(Color.Green);
    public static readonly Style Bad = new(Color.Red);
    public static readonly Style Quiet = new(Color.Grey);
    public static readonly Style Strong = new(decoration: Decoration.Bold);
    public static readonly Style Alarm = new(Color.White, Color.Red, Decoration.Bold);
    public static readonly Style Plain = Style.Plain;

    public static (string Mark, Style Style) OfPhase(string? phase, Sheet sheet) => phase switch
    {
        "Idle" => (sheet.Pick("○", "o"), Quiet),
        "Waiting" => (sheet.Pick("◔", "."), Canary),
        "Progressing" => (sheet.Pick("▲", "^"), Good),
        "Paused" => (sheet.Pick("‖", "="), Canary),
        "Frozen" => (sheet.Pick("■", "#"), Bad),
        "Baking" => (sheet.Pick("◐", "~"), Good),
        "Promoted" => (sheet.Pick("✓", "+"), Good),
        "RolledBack" => (sheet.Pick("↺", "<"), Bad),
        _ => ("?", Quiet),
    };

    public static (string Mark, Style Style) OfVerdict(string? state, Sheet sheet) => state switch
    {
        "Pass" => (sheet.Pick("✓", "+"), Good),
        "NotEnough" => (sheet.Pick("○", "o"), Quiet),
        "Breach" => (sheet.Pick("✗", "x"), Bad),
        "BothBad" => ("!", Bad),
        _ => ("?", Quiet),
    };

    public static Text Phase(string phase, Sheet sheet)
    {
        var (mark, style) = OfPhase(phase, sheet);
        return new Text($"{mark} {phase}", style);
    }
}
