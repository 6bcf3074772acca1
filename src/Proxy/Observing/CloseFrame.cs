namespace Snapback.Proxy.Observing;

/// <summary>A WebSocket's end, as RFC 6455 has it (5.5.1): the last frame of whoever sends it.</summary>
internal static class CloseFrame
{
    private const byte FinalAndClose = 0x88;
    private const int Head = 2;
    private const int LongestPayload = 125;

    /// <summary>A server's frame is not masked, and its payload is short: its length stands in the one byte after the first.</summary>
    /// <returns>Also true of a message that happens to end as a close frame would.</returns>
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
