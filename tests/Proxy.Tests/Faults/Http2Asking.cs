namespace Snapback.Proxy.Tests.Faults;

/// <summary>The client's end of HTTP/2: what it sends is up to the case, what it hears is a status and a body, a reset, or the end.</summary>
internal static class Http2Asking
{
    private const int SizeUpdate = 0x20;

    public static async Task<Http2Peer> OpenAsync(Wire wire)
    {
        await wire.SendAsync(Http2Peer.Preface);
        var peer = new Http2Peer(wire);
        await peer.SettingsAsync();
        return peer;
    }

    public static (string, string)[] Head(string path, string method = "GET", params (string, string)[] more) =>
        [(":method", method), (":scheme", "http"), (":authority", "a"), (":path", path), .. more];

    /// <summary>What comes of one stream.</summary>
    public static async Task<string> HearAsync(Http2Peer peer, int stream = 1)
    {
        var heard = "";
        while (await NextAsync(peer) is { } frame)
        {
            switch (frame.Type)
            {
                case FrameType.GoAway:
                    return $"{heard} gone".Trim();
                case FrameType.Reset when frame.Stream == stream:
                    return $"{heard} reset".Trim();
                case FrameType.Headers when frame.Stream == stream:
                    heard += heard.Length == 0 ? Status(frame.Payload) : "";
                    break;
                case FrameType.Data when frame.Stream == stream:
                    heard += " " + System.Text.Encoding.Latin1.GetString(frame.Payload);
                    break;
            }

            if (frame.Ends && frame.Stream == stream)
            {
                return heard.Trim();
            }
        }

        return $"{heard} gone".Trim();
    }

    /// <summary>A peer that has closed already takes no acknowledgement any more: that is its end too.</summary>
    private static async Task<Frame?> NextAsync(Http2Peer peer)
    {
        try
        {
            return await peer.ReadAsync();
        }
        catch (System.Net.Sockets.SocketException)
        {
            return null;
        }
    }

    /// <summary>Kestrel sends the status first: one of the static table (RFC 7541, appendix A), or three digits behind its name.</summary>
    private static string Status(byte[] block)
    {
        var first = block.First(octet => octet < SizeUpdate || octet >= SizeUpdate * 2);
        var at = Array.IndexOf(block, first);
        return first is >= 0x88 and <= 0x8e
            ? new[] { "200", "204", "206", "304", "400", "404", "500" }[first - 0x88]
            : System.Text.Encoding.Latin1.GetString(block, at + 2, 3);
    }
}
