using System.Buffers.Binary;
using System.Text;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>An HTTP/2 frame (RFC 9113, section 4.1).</summary>
internal sealed record Frame(FrameType Type, byte Flags, int Stream, byte[] Payload)
{
    public const byte EndStream = 1;
    public const byte Ack = 1;
    public const byte EndHeaders = 4;
    public const byte Padded = 8;

    public bool Ends => Type is FrameType.Data or FrameType.Headers && (Flags & EndStream) != 0;
}

internal enum FrameType : byte
{
    Data = 0,
    Headers = 1,
    Reset = 3,
    Settings = 4,
    PushPromise = 5,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
    Continuation = 9,
}

/// <summary>Either end of an HTTP/2 connection, frame by frame: valid ones, and those no library would let through.</summary>
internal sealed class Http2Peer(Wire wire)
{
    public const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private const int HeadBytes = 9;

    public Wire Wire => wire;

    /// <summary>Null at the end of the connection. Answers settings and pings by itself.</summary>
    public async Task<Frame?> ReadAsync()
    {
        while (true)
        {
            if (await wire.TakeAsync(HeadBytes) is not { } head)
            {
                return null;
            }

            var length = (head[0] << 16) | (head[1] << 8) | head[2];
            if (await wire.TakeAsync(length) is not { } payload)
            {
                return null;
            }

            var frame = new Frame((FrameType)head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue, payload);
            switch (frame.Type)
            {
                case FrameType.Settings when frame.Flags == 0:
                    await SendAsync(FrameType.Settings, Frame.Ack, 0, []);
                    break;
                case FrameType.Ping when frame.Flags == 0:
                    await SendAsync(FrameType.Ping, Frame.Ack, 0, payload);
                    break;
                case FrameType.Settings or FrameType.Ping:
                    break;
                default:
                    return frame;
            }
        }
    }

    /// <summary>Reads on to the end of a request.</summary>
    public async Task UploadAsync()
    {
        while (await ReadAsync() is { Ends: false })
        {
            // Its next frame.
        }
    }

    public Task SettingsAsync() => SendAsync(FrameType.Settings, 0, 0, []);

    public Task HeadersAsync(int stream, bool ends, params (string Name, string Value)[] fields) =>
        SendAsync(FrameType.Headers, (byte)(Frame.EndHeaders | (ends ? Frame.EndStream : 0)), stream, Encode(fields));

    public Task DataAsync(int stream, bool ends, string data) =>
        SendAsync(FrameType.Data, ends ? Frame.EndStream : (byte)0, stream, Encoding.Latin1.GetBytes(data));

    public Task ResetAsync(int stream, int code) => SendAsync(FrameType.Reset, 0, stream, Word(code));

    public Task GoAwayAsync(int lastStream, int code) => SendAsync(FrameType.GoAway, 0, 0, [.. Word(lastStream), .. Word(code)]);

    public Task WindowUpdateAsync(int stream, int bytes) => SendAsync(FrameType.WindowUpdate, 0, stream, Word(bytes));

    public async Task SendAsync(FrameType type, byte flags, int stream, byte[] payload)
    {
        var head = new byte[] { (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, (byte)type, flags, 0, 0, 0, 0 };
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(5), stream);
        await wire.SendAsync((byte[])[.. head, .. payload]);
    }

    /// <summary>HPACK in its plainest form: each field a literal that nobody remembers (RFC 7541, section 6.2.2).</summary>
    public static byte[] Encode(params (string Name, string Value)[] fields)
    {
        var block = new List<byte>();
        foreach (var (name, value) in fields)
        {
            block.Add(0);
            Add(block, name);
            Add(block, value);
        }

        return [.. block];
    }

    public static byte[] Word(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static void Add(List<byte> block, string text)
    {
        var rest = text.Length;
        if (rest < 127)
        {
            block.Add((byte)rest);
        }
        else
        {
            block.Add(127);
            for (rest -= 127; rest >= 128; rest >>= 7)
            {
                block.Add((byte)((rest & 127) | 128));
            }

            block.Add((byte)rest);
        }

        block.AddRange(Encoding.Latin1.GetBytes(text));
    }
}
