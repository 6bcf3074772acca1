using static Snapback.Control.Analysis.Outcome;
using static Snapback.Proxy.Tests.Faults.Http2Asking;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>HTTP/2 clients that misbehave, frame by frame.</summary>
internal static class Http2ClientFaults
{
    private const int Cancel = 8;
    private const int ManyStreams = 90;

    /// <summary>In bytes (RFC 9113, 6.9.2): more of an upload waits.</summary>
    private const int FirstWindow = 65_535;

    /// <summary>A WebSocket's, of a server.</summary>
    private const string Ping = "\u0089\u0000";

    private const string LastWord = "bye";

    /// <summary>SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441, 3).</summary>
    private static readonly byte[] WithWebSockets = [0, 8, 0, 0, 0, 1];

    /// <summary>SETTINGS_INITIAL_WINDOW_SIZE of 0.</summary>
    private static readonly byte[] NoWindow = [0, 4, 0, 0, 0, 0];

    public static IEnumerable<Fault> All =>
    [
        Does("a good request over HTTP/2", "200 ok", Success, (peer, path) => peer.HeadersAsync(1, true, Head(path))),
        Does("an upload over HTTP/2", "200 ok", Success, async (peer, path) =>
        {
            await peer.HeadersAsync(1, false, Head(path, "POST"));
            await peer.DataAsync(1, true, "hello");
        }),
        Does(
            "CONNECT over HTTP/2",
            "405",
            null,
            (peer, _) => peer.HeadersAsync(1, true, (":method", "CONNECT"), (":authority", "a:443")),
            statusOnly: true),
        Does(
            "a tunnel for another protocol",
            "405",
            null,
            (peer, path) => peer.HeadersAsync(1, false, [.. Head(path, "CONNECT"), (":protocol", "connect-udp")]),
            statusOnly: true),
        Does("Latin-1 over HTTP/2", "200 ok", Success, (peer, path) => peer.HeadersAsync(1, true, Head(path, "GET", ("cookie", "a=é")))),
        Does("a header of 40 KB over HTTP/2", "gone / 431", null, (peer, path) => HugeAsync(peer, path), statusOnly: true),
        Does(
            "an upper-case header",
            "reset / gone / 400",
            null,
            (peer, path) => peer.HeadersAsync(1, true, Head(path, "GET", ("X-A", "b"))),
            statusOnly: true),
        Does(
            "no path",
            "reset / gone / 400",
            null,
            (peer, _) => peer.HeadersAsync(1, true, (":method", "GET"), (":scheme", "http")),
            statusOnly: true),
        Does(
            "a header of the connection",
            "reset / gone / 400",
            null,
            (peer, path) => peer.HeadersAsync(1, true, Head(path, "GET", ("connection", "close"))),
            statusOnly: true),
        Does("less than its length", "400 / reset", Neutral, async (peer, path) =>
        {
            await peer.HeadersAsync(1, false, Head(path, "POST", ("content-length", "9")));
            await peer.DataAsync(1, true, "abc");
        }, statusOnly: true, upstream: Play.Silent),
        Does("more than its length", "400 / reset", Neutral, async (peer, path) =>
        {
            await peer.HeadersAsync(1, false, Head(path, "POST", ("content-length", "2")));
            await peer.DataAsync(1, true, "abc");
        }, statusOnly: true, upstream: Play.Silent),
        Does(
            "a head that is no HPACK, from the client",
            "gone",
            null,
            (peer, _) =>
                peer.SendAsync(FrameType.Headers, Frame.EndHeaders | Frame.EndStream, 1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
        Does("an even stream", "gone", null, (peer, path) => peer.HeadersAsync(2, true, Head(path))),
        Does("data on no stream", "gone", null, (peer, _) => peer.DataAsync(0, false, "abc")),
        Does("a window that overflows, from the client", "gone", null, async (peer, _) =>
        {
            await peer.WindowUpdateAsync(0, int.MaxValue);
            await peer.WindowUpdateAsync(0, int.MaxValue);
        }),
        Leaves("resets its stream", Play.Silent, peer => peer.ResetAsync(1, Cancel)),
        Leaves("resets the connection, over HTTP/2", Play.Silent, peer =>
        {
            peer.Wire.Reset();
            return Task.CompletedTask;
        }),
        Leaves("resets its stream in the body", Play.Hang(Play.Ok("Content-Length: 9", "abc")), peer => peer.ResetAsync(1, Cancel)),
        Does("stalls in an upload over HTTP/2", "408", Neutral, async (peer, path) =>
        {
            await peer.HeadersAsync(1, false, Head(path, "POST"));
            await peer.DataAsync(1, false, "half");
        }, statusOnly: true, upstream: Play.Silent),
    ];

    /// <summary>Of an HTTP/2 arm, which may answer before the upload has ended.</summary>
    public static IEnumerable<Fault> Duplex =>
    [
        Tunnels("closes its half of a WebSocket that the arm goes on with", Neutral, PingAsync),
        Tunnels("closes its half of a WebSocket that the arm then ends", Success, PartAsync),
        new("takes nothing of an answer that an HTTP/2 arm gave before the upload's end", Http2Faults.Serve(AnswerAndStopAsync), "", Neutral)
        {
            SpeaksHttp2 = true,
            RouteTimeout = TimeSpan.FromSeconds(1),
            Act = async (wire, place) =>
            {
                var peer = await OpenAsync(wire);
                await peer.SendAsync(FrameType.Settings, 0, 0, NoWindow);
                await peer.HeadersAsync(1, false, Head(place, "POST"));
                for (var i = 0; i < 5; i++)
                {
                    await peer.DataAsync(1, false, new string('x', FirstWindow / 4));
                }

                while (await peer.ReadAsync() is { Type: not FrameType.Reset })
                {
                    // The head comes, and no window for the body, until the route's time-out.
                }

                return "";
            },
        },
    ];

    /// <summary>Many streams at once, whose number at the arms is chance.</summary>
    public static IEnumerable<Fault> Floods =>
    [
        new("rapid reset", Play.Silent, "", null)
        {
            Act = async (wire, place) =>
            {
                var peer = await OpenAsync(wire);
                for (var stream = 1; stream < 2 * ManyStreams; stream += 2)
                {
                    await peer.HeadersAsync(stream, true, Head(place));
                    await peer.ResetAsync(stream, Cancel);
                }

                wire.Reset();
                return "";
            },
        },
        new("many streams, then gone", Play.Healthy, "", null)
        {
            Act = async (wire, place) =>
            {
                var peer = await OpenAsync(wire);
                for (var stream = 1; stream < 2 * ManyStreams; stream += 2)
                {
                    await peer.HeadersAsync(stream, true, Head(place));
                }

                wire.Reset();
                return "";
            },
        },
    ];

    private static Fault Does(
        string name,
        string heard,
        Control.Analysis.Outcome? outcome,
        Func<Http2Peer, string, Task> act,
        bool statusOnly = false,
        Script? upstream = null) =>
        new(name, upstream ?? Play.Healthy, heard, outcome)
        {
            OnlyStatus = statusOnly,
            Act = async (wire, place) =>
            {
                var peer = await OpenAsync(wire);
                await act(peer, place);
                return await HearAsync(peer);
            },
        };

    private static Fault Leaves(string name, Script upstream, Func<Http2Peer, Task> leave) => new(name, upstream, "", Neutral)
    {
        Act = async (wire, place) =>
        {
            var peer = await OpenAsync(wire);
            await peer.HeadersAsync(1, true, Head(place));
            await place.ReachedAsync();
            await leave(peer);
            await Task.Delay(40);
            return "";
        },
    };

    /// <summary>Answers while the rest of the upload waits to be written, and takes no more of it (RFC 9113, 8.1).</summary>
    private static async Task AnswerAndStopAsync(Http2Peer peer, int stream)
    {
        const int noError = 0;
        for (var got = 0; got < FirstWindow && await peer.ReadAsync() is { } frame;)
        {
            got += frame.Payload.Length;
        }

        await peer.HeadersAsync(stream, false, (":status", "413"));
        await peer.DataAsync(stream, true, new string('y', FirstWindow / 4));
        await peer.ResetAsync(stream, noError);
    }

    /// <summary>A WebSocket whose client says its last word and ends its half. It hears how the arm's half ends.</summary>
    private static Fault Tunnels(string name, Control.Analysis.Outcome outcome, Func<Http2Peer, int, Task> arm) =>
        new(name, Http2Faults.Serve(arm, WithWebSockets), "ended", outcome)
        {
            SpeaksHttp2 = true,
            // Not what ends it.
            ActivityTimeout = TimeSpan.FromSeconds(60),
            Act = async (wire, place) =>
            {
                var peer = await OpenAsync(wire);
                await peer.HeadersAsync(1, false, [.. Head(place, "CONNECT"), (":protocol", "websocket"), ("sec-websocket-version", "13")]);
                while (await peer.ReadAsync() is { Type: not FrameType.Headers })
                {
                    // Its answer is still to come.
                }

                await peer.DataAsync(1, true, LastWord);
                var heard = await HearAsync(peer);
                var broke = heard.EndsWith("reset", StringComparison.Ordinal) || heard.EndsWith("gone", StringComparison.Ordinal);
                return broke ? heard : "ended";
            },
        };

    /// <summary>Pings a WebSocket for ever, whatever its client says.</summary>
    private static async Task PingAsync(Http2Peer peer, int stream)
    {
        await peer.HeadersAsync(stream, false, (":status", "200"));
        while (true)
        {
            await peer.DataAsync(stream, false, Ping);
            await Task.Delay(20);
        }
    }

    /// <summary>Ends a WebSocket a moment after it was bidden farewell.</summary>
    private static async Task PartAsync(Http2Peer peer, int stream)
    {
        await peer.HeadersAsync(stream, false, (":status", "200"));
        while (await peer.ReadAsync() is { } frame && !System.Text.Encoding.Latin1.GetString(frame.Payload).Contains(LastWord, StringComparison.Ordinal))
        {
            // Not yet.
        }

        await Task.Delay(40);
        await peer.DataAsync(stream, true, LastWord);
    }

    private static async Task HugeAsync(Http2Peer peer, string path)
    {
        var block = Http2Peer.Encode(Head(path, "GET", ("x-a", new string('x', 40_000))));
        await peer.SendAsync(FrameType.Headers, Frame.EndStream, 1, block[..16_000]);
        await peer.SendAsync(FrameType.Continuation, 0, 1, block[16_000..32_000]);
        await peer.SendAsync(FrameType.Continuation, Frame.EndHeaders, 1, block[32_000..]);
    }
}
