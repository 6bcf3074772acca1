using Spectre.Console;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>Shares as bars, in two glyphs that differ without colour too.</summary>
internal static class Bars
{
    /// <summary>stable 95% ███████████▒ 5% canary</summary>
    public static Paragraph Weight(decimal weight, Sheet sheet)
    {
        var left = $"stable {Figures.Percent(100 - weight)} ";
        var right = $" {Figures.Percent(weight)} canary";
        var (canary, stable) = Split((double)weight / 100, Math.Max(2, sheet.Width - left.Length - right.Length));
        return new Paragraph()
            .Append(left, Look.Stable)
            .Append(Repeat(sheet.Pick("█", "="), stable), Look.Stable)
            .Append(Repeat(sheet.Pick("▒", "#"), canary), Look.Canary)
            .Append(right, Look.Canary);
    }

    /// <summary>████░░░░░░░░ 12% of a rollback</summary>
    public static Paragraph Meter(double share, Sheet sheet)
    {
        const int longest = 30;
        var words = $" {Figures.Percent(Math.Round(share * 100))} of a rollback";
        var (done, open) = Split(share, Math.Clamp(Fields.ValueWidth(sheet) - words.Length, 4, longest));
        return new Paragraph()
            .Append(Repeat(sheet.Pick("█", "#"), done), share >= 0.5 ? Look.Bad : Look.Canary)
            .Append(Repeat(sheet.Pick("░", "."), open), Look.Quiet)
            .Append(words);
    }

    /// <summary>Any share gets a cell, and so does any rest: 0.1 % must not look like nothing.</summary>
    internal static (int Part, int Remainder) Split(double share, int cells)
    {
        var part = (int)Math.Round(Math.Clamp(share, 0, 1) * cells);
        part = share switch
        {
            <= 0 => 0,
            >= 1 => cells,
            _ => Math.Clamp(part, 1, cells - 1),
        };
        return (part, cells - part);
    }

    public static string Repeat(string glyph, int times) => string.Concat(Enumerable.Repeat(glyph, times));
}
