namespace Snapback.Control.Plans;

/// <summary>Foreign text inside our sentences: short, and on one line, so that a hostile document cannot forge a log.</summary>
internal static class Shown
{
    public static string Plain(string text, int most = 40)
    {
        var shown = text.Length > most ? string.Concat(text.AsSpan(0, most), "…") : text;
        return string.Create(shown.Length, shown, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = IsPrintable(source[i]) ? source[i] : '?';
            }
        });
    }

    public static string Quoted(string text) => $"'{Plain(text)}'";

    // Line and paragraph separators break a line in some viewers, and what sets the direction shows its letters in another order; half a
    // surrogate pair cannot be encoded.
    public static bool IsPrintable(char c) => !char.IsControl(c) && !SetsDirection(c) && c is not ('\u2028' or '\u2029') && !char.IsSurrogate(c);

    private static bool SetsDirection(char c) =>
        c is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
