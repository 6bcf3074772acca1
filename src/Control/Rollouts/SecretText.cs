using System.Security.Cryptography;
using System.Text;

namespace Snapback.Control.Rollouts;

/// <summary>
/// What stands in the place of a secret: <c>***</c> and four hex digits of its SHA-256, by which whoever writes a plan back says which
/// one is meant. Sixteen bits tell two webhooks of one host apart, and are too few to confirm a guess.
/// </summary>
public static class SecretText
{
    private const string Mark = "***";
    private const int Digits = 4;

    /// <summary>Shorter words with a digit in them are names and versions.</summary>
    private const int ShortestToken = 16;

    /// <summary>Scheme, host and port as they are, and the path but for what looks like a token in it; the query, in which tokens
    /// stand, as a mark.</summary>
    public static Uri Hide(Uri url)
    {
        var path = string.Join('/', url.AbsolutePath.Split('/').Select(segment => IsToken(segment) ? Hide(segment) : segment));
        var query = url.Query.Length <= 1 ? "" : $"?{(IsHidden(url.Query[1..]) ? url.Query[1..] : Hide(url.Query))}";
        return path == url.AbsolutePath && (query.Length == 0 || query == url.Query)
            ? url
            : new Uri($"{url.GetLeftPart(UriPartial.Authority)}{path}{query}");
    }

    /// <summary>Scheme, host and port as they are: of a chat's webhook the path is the secret.</summary>
    public static Uri HidePath(Uri url) => url.PathAndQuery.Length <= 1 || IsHidden(url.PathAndQuery[1..])
        ? url
        : new Uri($"{url.GetLeftPart(UriPartial.Authority)}/{Hide(url.PathAndQuery)}");

    public static string Hide(string text) => IsHidden(text)
        ? text
        : Mark + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..Digits];

    public static bool IsHidden(Uri url) => IsHidden(url.Query.TrimStart('?')) || url.AbsolutePath.Split('/').Any(IsHidden);

    public static bool IsHidden(string text) =>
        text.Length == Mark.Length + Digits && text.StartsWith(Mark, StringComparison.Ordinal) && text[Mark.Length..].All(char.IsAsciiHexDigitLower);

    /// <summary>Words that people choose seldom are so long and have digits and letters in them; one that does is hidden and
    /// nothing is lost.</summary>
    private static bool IsToken(string segment) =>
        segment.Length >= ShortestToken && segment.Any(char.IsAsciiDigit) && segment.Any(char.IsAsciiLetter);
}
