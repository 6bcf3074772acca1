using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Snapback.Control.Signing;

/// <summary>
/// Short texts that come back from strangers: <c>KEYID.PAYLOAD.MAC</c>, the MAC being HMAC-SHA256 over purpose, key id and
/// payload in base64url. What is signed for one purpose is nothing for another.
/// </summary>
/// <param name="purpose">What the text is good for, such as one rollout's cookies; part of what is signed, not of the text.</param>
public sealed class SignedText(KeyRing keys, string purpose)
{
    /// <summary>Longer ones were not made here.</summary>
    public const int MaxLength = 200;

    private const int MacChars = 43;

    private readonly byte[] _purpose = Encoding.UTF8.GetBytes(purpose + "\n");

    /// <param name="payload">ASCII.</param>
    public string Sign(string payload)
    {
        var key = keys.Newest;
        var text = $"{key.Id}.{payload}";
        Span<byte> mac = stackalloc byte[MacChars];
        Mac(key, text, mac);
        return $"{text}.{Encoding.ASCII.GetString(mac)}";
    }

    /// <summary>The payload, if a key of this ring signed just this text. In constant time where it matters, without allocation.</summary>
    public bool TryVerify(ReadOnlySpan<char> text, out ReadOnlySpan<char> payload)
    {
        payload = default;
        var end = text.LastIndexOf('.');
        var dot = text.IndexOf('.');
        if (text.Length > MaxLength || dot < 0 || dot == end || text.Length - end - 1 != MacChars || keys.Find(text[..dot]) is not { } key)
        {
            return false;
        }

        // As text and not as bytes: base64 has more than one spelling of the same bytes, and only one was made here.
        Span<byte> given = stackalloc byte[MacChars];
        Span<byte> mac = stackalloc byte[MacChars];
        if (!Ascii.IsValid(text))
        {
            return false;
        }

        Ascii.FromUtf16(text[(end + 1)..], given, out _);
        Mac(key, text[..end], mac);
        if (!CryptographicOperations.FixedTimeEquals(given, mac))
        {
            return false;
        }

        payload = text[(dot + 1)..end];
        return true;
    }

    /// <param name="mac">Takes the code in base64url.</param>
    private void Mac(SigningKey key, ReadOnlySpan<char> text, Span<byte> mac)
    {
        Span<byte> signed = stackalloc byte[_purpose.Length + text.Length];
        _purpose.CopyTo(signed);
        Ascii.FromUtf16(text, signed[_purpose.Length..], out _);
        Span<byte> code = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key.Secret, signed, code);
        Base64Url.EncodeToUtf8(code, mac);
    }
}
