namespace Snapback.Proxy.Observing;

/// <summary>A WebSocket's close frame, the last that its sender sends (RFC 6455, 5.5.1).</summary>
internal static class CloseFrame
{
    private const byte FinalAndClose = 0x88;
    private const int Head = 2;
    private const int LongestPayload = 125;

    /// <summary>True if the bytes end with a close frame. A server's is not masked and has a short payload: its second byte is the length.</summary>
    /// <returns>Also true of a message that happens to end with the same bytes.</returns>
    public static bool Ends(ReadOnlySpan<byte> said)
    {
        for (var length = 0; length <= Math.Min(LongestPayload, said.Length - Head); length++)
        {
            var frame = said[^(Head + length)..];
            if (frame[0] == FinalAndClose && frame[1] == length)
            {
                return true;
            }
        }

        return false;
    }
}
