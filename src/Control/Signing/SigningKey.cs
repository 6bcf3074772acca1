namespace Snapback.Control.Signing;

/// <summary>A key that cookies and tokens are signed with.</summary>
/// <param name="Id">Stands in the clear before what was signed with it, so that the key is found again: 1 to 16 ASCII letters and digits.</param>
/// <param name="Secret">At least 256 bits.</param>
internal sealed record SigningKey(string Id, byte[] Secret)
{
    public const int SecretBytes = 32;
    private const int LongestId = 16;

    /// <summary>A line of a key file.</summary>
    /// <returns>Null if it is none.</returns>
    public static SigningKey? TryParse(string line)
    {
        if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [{ Length: <= LongestId } id, var text]
            || !id.All(char.IsAsciiLetterOrDigit))
        {
            return null;
        }

        Span<byte> secret = stackalloc byte[256];
        return Convert.TryFromBase64String(text, secret, out var length) && length >= SecretBytes
            ? new SigningKey(id, secret[..length].ToArray())
            : null;
    }

    public override string ToString() => $"{Id} {Convert.ToBase64String(Secret)}";
}
