using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Splitting;

/// <summary>
/// A header value as an application reads it. This proxy passes header bytes as Latin-1, one character a byte, so a client's UTF-8 is
/// decoded before it identifies a user or is held to a condition; bytes that are not UTF-8 stay as they are.
/// </summary>
internal static class WireText
{
    /// <summary>A UTF-16 unit takes at most three bytes in UTF-8 (a surrogate pair takes four).</summary>
    private const int MostBytesPerChar = 3;

    /// <summary>The user's draw in [0, 10 000), without allocation.</summary>
    /// <param name="client">Tells this user from others; never 0.</param>
    public static int BucketOf(ReadOnlySpan<char> wire, UserBucket bucket, out ulong client) =>
        Ascii.IsValid(wire) ? bucket.Of(wire, out client) : BucketOfBytes(wire, bucket, out client);

    public static bool IsIn(ReadOnlySpan<char> wire, ValueSet values) => values.Contains(Ascii.IsValid(wire) ? wire : Of(wire.ToString()));

    public static string Of(string wire)
    {
        if (Ascii.IsValid(wire))
        {
            return wire;
        }

        var bytes = Encoding.Latin1.GetBytes(wire);
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : wire;
    }

    /// <summary>Decodes only as much as counts for the bucket, and one unit more, so that the cut falls where it would in the whole text.</summary>
    private static int BucketOfBytes(ReadOnlySpan<char> wire, UserBucket bucket, out ulong client)
    {
        const int MostChars = UserBucket.MaxKeyChars + 1;
        Span<byte> bytes = stackalloc byte[MostChars * MostBytesPerChar];
        Span<char> text = stackalloc char[MostChars];
        var isWhole = wire.Length <= bytes.Length;
        bytes = bytes[..Encoding.Latin1.GetBytes(isWhole ? wire : wire[..bytes.Length], bytes)];
        var end = Utf8.ToUtf16(bytes, text, out _, out var written, replaceInvalidSequences: false, isFinalBlock: isWhole);
        return bucket.Of(end == OperationStatus.InvalidData ? wire : text[..written], out client);
    }
}
