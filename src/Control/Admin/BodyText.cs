using System.Text;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Plans;

namespace Snapback.Control.Admin;

/// <summary>
/// The body of a write as text, and the texts in it. What is not UTF-8 is refused: otherwise a version, which is compared, would get question marks.
/// </summary>
public static class BodyText
{
    public const string NotUtf8 = "The body is not UTF-8. Send it as UTF-8.";

    private const int MaxText = 1000;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <returns>Null if it is not UTF-8.</returns>
    public static async Task<string?> ReadAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Utf8);
        try
        {
            return await reader.ReadToEndAsync(context.RequestAborted);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // The server's word for a chunk longer than any number, and for a caller that has left.
            throw new BadHttpRequestException(e.Message, e);
        }
    }

    /// <summary>
    /// A name or the like, without blanks around it, with which a version that was rolled back would be another; null, with an error noted, for what
    /// cannot stand in a line.
    /// </summary>
    public static string? Printable(string name, string text, ICollection<string> errors)
    {
        var trimmed = text.Trim();
        if (trimmed.Length is > 0 and <= MaxText && Names.IsPrintable(trimmed))
        {
            return trimmed;
        }

        errors.Add(Wrong(name, Shown.Quoted(text)));
        return null;
    }

    internal static string Wrong(string name, string given) => $"'{name}' is {given}; it must be a text of 1 to {MaxText} printable characters.";

    /// <summary>A reason is read by people, and nobody's rollback loses it for a line break or its length: one line, cut if need be.</summary>
    public static string? OneLine(string? reason)
    {
        var line = string.Concat((reason ?? "").Select(letter => char.IsSurrogate(letter) || Shown.IsPrintable(letter) ? letter : ' ')).Trim();
        return line.Length == 0 ? null : line.Length > MaxText ? string.Concat(line.AsSpan(0, MaxText - 1), "…") : line;
    }
}
