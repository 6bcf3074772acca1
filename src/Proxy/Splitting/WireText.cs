using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Splitting;

/// <summary>
/// A header value as an application reads it. Here a character is a byte (header bytes pass as Latin-1), so UTF-8 that came from a
/// client is decoded before it names a user or is held to a condition; bytes that are no UTF-8 stay as they are.
/// </summary>
internal static class WireText
{
    /// <summary>No UTF-16 unit takes more bytes of UTF-8.</summary>
    private const int MostBytesPerChar = 3;

    /// <summary>The user's bucket, without an allocation.</summary>
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

    /// <summary>Decodes no more than what counts, and one unit beyond it, so that the end is cut where a longer text would be.</summary>
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
