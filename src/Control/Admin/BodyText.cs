using System.Text;
using Microsoft.AspNetCore.Http;

namespace Snapback.Control.Admin;

/// <summary>The body of a write as text. What is not UTF-8 is refused: otherwise a version, which is compared, would get question marks.</summary>
public static class BodyText
{
    public const string NotUtf8 = "The body is not UTF-8. Send it as UTF-8.";

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
    }
}
