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

    /// <summary>Scheme, host, port and path as they are; the query, in which tokens stand, as a mark.</summary>
    public static Uri Hide(Uri url) => url.Query.Length <= 1 || IsHidden(url.Query[1..])
        ? url
        : new Uri($"{url.GetLeftPart(UriPartial.Path)}?{Hide(url.Query)}");

    /// <summary>Scheme, host and port as they are: of a chat's webhook the path is the secret.</summary>
    public static Uri HidePath(Uri url) => url.PathAndQuery.Length <= 1 || IsHidden(url.PathAndQuery[1..])
        ? url
        : new Uri($"{url.GetLeftPart(UriPartial.Authority)}/{Hide(url.PathAndQuery)}");

    public static string Hide(string text) => IsHidden(text)
        ? text
        : Mark + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..Digits];

    public static bool IsHidden(Uri url) => IsHidden(url.Query.TrimStart('?')) || IsHidden(url.PathAndQuery[1..]);

    public static bool IsHidden(string text) =>
        text.Length == Mark.Length + Digits && text.StartsWith(Mark, StringComparison.Ordinal) && text[Mark.Length..].All(char.IsAsciiHexDigitLower);
}
