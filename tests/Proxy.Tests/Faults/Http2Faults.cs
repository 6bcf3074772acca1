using static Snapback.Control.Analysis.Outcome;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>HTTP/2 upstreams, frame by frame.</summary>
internal static class Http2Faults
{
    private const int NoError = 0;
    private const int InternalError = 2;
    private const int RefusedStream = 7;
    private const int Cancel = 8;

    // On a busy machine the end may be read together with the head, before the head was handed on.
    private const string AfterTheHead = "200 abc… / 200 … / nothing / 502";

    private static readonly (string, string) Ok = (":status", "200");
    private static readonly (string, string) Grpc = ("content-type", "application/grpc");

    public static IEnumerable<Fault> All =>
    [
        On("a good answer", "200 ok", Success, async (peer, stream) =>
        {
            await peer.HeadersAsync(stream, false, Ok);
            await peer.DataAsync(stream, true, "ok");
        }),
        On("status 500", "500", Failure, (peer, stream) => peer.HeadersAsync(stream, true, (":status", "500"))),
        On("status 600", "600", Failure, (peer, stream) => peer.HeadersAsync(stream, true, (":status", "600"))),
        On("status 404", "404", Success, (peer, stream) => peer.HeadersAsync(stream, true, (":status", "404"))),
        On("status abc", "502", Failure, (peer, stream) => peer.HeadersAsync(stream, true, (":status", "abc"))),
        On("no status", "502", Failure, (peer, stream) => peer.HeadersAsync(stream, true, ("x-a", "b"))),
        .. new[] { NoError, 1, InternalError, 3, Cancel, 11 }.Select(code =>
            On($"reset with {code} before its head", "502", Failure, (peer, stream) => peer.ResetAsync(stream, code))),
        On("every stream refused", "502", Failure, (peer, stream) => peer.ResetAsync(stream, RefusedStream)),
        On(
            "every stream refused, after an upload",
            "502",
            Failure,
            (peer, stream) => peer.ResetAsync(stream, RefusedStream)) with
            {
                Act = Fault.Upload("POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 5),
            },
        On("resets an upload that the client has not ended", "502", Failure, (peer, stream) => peer.ResetAsync(stream, InternalError)) with
        {
            Act = Fault.Say("POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"),
        },
        On("resets an upload that the client has not ended, behind its head", "502 / 200 … / nothing", Failure, async (peer, stream) =>
        {
            await peer.HeadersAsync(stream, false, Ok);
            await peer.ResetAsync(stream, InternalError);
        }) with
        {
            Act = Fault.Say("POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"),
        },
        On("refuses an upload that the client has not ended", "502", Failure, (peer, stream) => peer.ResetAsync(stream, RefusedStream)) with
        {
            Act = Fault.Say("POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"),
        },
        On("goes away before the stream", "502", Failure, (peer, _) => peer.GoAwayAsync(0, NoError)),
        On("goes away with an error and says no more", "504", Failure, (peer, stream) => peer.GoAwayAsync(stream, InternalError)),
        Once("goes away with a read unanswered", "200 ok", Success, LeaveAsync) with { Act = Fault.Say(Fault.Get) },
        Once("goes away with a deletion unanswered", "502", Failure, LeaveAsync) with { Act = Fault.Say("DELETE {0} HTTP/1.1\r\nHost: a\r\n\r\n") },
        Once("goes away before an upload", "200 ok", Success, async (peer, _) =>
        {
            await peer.UploadAsync();
            await peer.GoAwayAsync(0, NoError);
            await Close(peer);
        }),
        Once("refuses an upload", "200 ok", Success, async (peer, stream) =>
        {
            await peer.UploadAsync();
            await peer.ResetAsync(stream, RefusedStream);
        }),
        Once("goes away with an upload unanswered", "502", Failure, async (peer, stream) =>
        {
            await peer.UploadAsync();
            await LeaveAsync(peer, stream);
        }),
        On("goes away with every read unanswered", "502", Failure, LeaveAsync),
        On("closes before its head", "502", Failure, (peer, _) => Close(peer)),
        On("resets the connection", "502", Failure, (peer, _) => Abort(peer)),
        On("never answers", "504", Failure, (_, _) => Task.CompletedTask),
        On("resets in the body", AfterTheHead, Failure, async (peer, stream) =>
        {
            await Begin(peer, stream, Ok);
            await peer.ResetAsync(stream, InternalError);
        }),
        On("resets in the body without an error", AfterTheHead, Failure, async (peer, stream) =>
        {
            await Begin(peer, stream, Ok);
            await peer.ResetAsync(stream, NoError);
        }),
        On("closes in the body", AfterTheHead, Failure, async (peer, stream) =>
        {
            await Begin(peer, stream, Ok);
            await Close(peer);
        }),
        On("goes away in the body", "200 abcdef", Success, async (peer, stream) =>
        {
            await Begin(peer, stream, Ok);
            await peer.GoAwayAsync(stream, NoError);
            await peer.DataAsync(stream, true, "def");
        }),
        On("stalls in the body", "200 abc…", Failure, (peer, stream) => Begin(peer, stream, Ok)),
        On("shorter than promised", AfterTheHead, Failure, async (peer, stream) =>
        {
            await Begin(peer, stream, Ok, ("content-length", "9"));
            await peer.DataAsync(stream, true, "");
        }),
        On("nothing of what was promised", "502", Failure, (peer, stream) => peer.HeadersAsync(stream, true, Ok, ("content-length", "9"))),
        On("longer than promised", "502", Failure, async (peer, stream) =>
        {
            await peer.HeadersAsync(stream, false, Ok, ("content-length", "2"));
            await peer.DataAsync(stream, true, "okmore");
        }),
        On("a body where length is 0", "502", Failure, async (peer, stream) =>
        {
            await peer.HeadersAsync(stream, false, Ok, ("content-length", "0"));
            await peer.DataAsync(stream, true, "ok");
        }),
        On("exactly what was promised", "200 ok", Success, async (peer, stream) =>
        {
            await peer.HeadersAsync(stream, false, Ok, ("content-length", "2"));
            await peer.DataAsync(stream, true, "ok");
        }),
        On("204 with a body", "204", Failure, async (peer, stream) =>
        {
            await peer.HeadersAsync(stream, false, (":status", "204"));
            await peer.DataAsync(stream, true, "abc");
        }),
        On("304 with a body", "304", Failure, async (peer, stream) =>
        {
            await peer.HeadersAsync(stream, false, (":status", "304"), ("content-length", "3"));
            await peer.DataAsync(stream, true, "abc");
        }),
        On("304 with a length", "304", Success, (peer, stream) => peer.HeadersAsync(stream, true, (":status", "304"), ("content-length", "3"))),
        On(
            "HEAD with a length",
            "200",
            Success,
            (peer, stream) => peer.HeadersAsync(stream, true, Ok, ("content-length", "3"))) with { Act = Fault.Say("HEAD {0} HTTP/1.1\r\nHost: a\r\n\r\n") },
        On("103 before it", "200 ok", Success, async (peer, stream) =>
        {
            await peer.HeadersAsync(stream, false, (":status", "103"), ("link", "</a>"));
            await peer.HeadersAsync(stream, false, Ok);
            await peer.DataAsync(stream, true, "ok");
        }),
        On("101", "502", Failure, (peer, stream) => peer.HeadersAsync(stream, true, (":status", "101"))),
        On("padding", "200 ok", Success, async (peer, stream) =>
        {
            await peer.HeadersAsync(stream, false, Ok);
            await peer.SendAsync(FrameType.Data, Frame.EndStream | Frame.Padded, stream, [2, (byte)'o', (byte)'k', 0, 0]);
        }),
        On("a promise to push", "502", Failure, (peer, stream) => peer.SendAsync(FrameType.PushPromise, Frame.EndHeaders, stream, [0, 0, 0, 2])),
        On("data on stream 0", "502", Failure, (peer, _) => peer.DataAsync(0, false, "abc")),
        On(
            "a head that is no HPACK",
            "502",
            Failure,
            (peer, stream) =>
                peer.SendAsync(
                    FrameType.Headers, Frame.EndHeaders | Frame.EndStream, stream, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
        On("a frame larger than allowed", "502", Failure, (peer, stream) => peer.SendAsync(FrameType.Data, 0, stream, new byte[20_000])),
        On("a window that overflows", "502", Failure, async (peer, _) =>
        {
            await peer.WindowUpdateAsync(0, int.MaxValue);
            await peer.WindowUpdateAsync(0, int.MaxValue);
        }),
        On("an answer before the upload's end", "200 ok", Success, async (peer, stream) =>
        {
            await peer.HeadersAsync(stream, false, Ok);
            await peer.DataAsync(stream, true, "ok");
            await peer.ResetAsync(stream, NoError);
        }) with { Act = Fault.Upload("POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n", 9_000_000) },
        Calls("gRPC status 0", "200 ok", Success, (peer, stream) => Call(peer, stream, "0")),
        Calls("gRPC status 5", "200 ok", Success, (peer, stream) => Call(peer, stream, "5")),
        Calls("gRPC status 14", "200 ok", Failure, (peer, stream) => Call(peer, stream, "14")),
        Calls("gRPC status x", "200 ok", Failure, (peer, stream) => Call(peer, stream, "x")),
        Calls("gRPC status 0 at once", "200", Success, (peer, stream) => peer.HeadersAsync(stream, true, Ok, Grpc, ("grpc-status", "0"))),
        Calls("gRPC status 13 at once", "200", Failure, (peer, stream) => peer.HeadersAsync(stream, true, Ok, Grpc, ("grpc-status", "13"))),
        Calls("gRPC status 0 in the head, and 13 in a trailer", "200 ok", Failure, (peer, stream) => Call(peer, stream, "13", ("grpc-status", "0"))),
        Calls("gRPC without a status", "200 ok", Failure, async (peer, stream) =>
        {
            await peer.HeadersAsync(stream, false, Ok, Grpc);
            await peer.DataAsync(stream, true, "ok");
        }),
        On("gRPC reset", AfterTheHead, Failure, async (peer, stream) =>
        {
            await Begin(peer, stream, Ok, Grpc);
            await peer.ResetAsync(stream, InternalError);
        }),
        On("gRPC, then silence", "200 abc…", Neutral, (peer, stream) => Begin(peer, stream, Ok, Grpc)),
        new("HTTP/1.1 instead of HTTP/2", Play.Healthy, "502", Failure) { SpeaksHttp2 = true },
    ];

    private static Fault On(string name, string client, Control.Analysis.Outcome outcome, Func<Http2Peer, int, Task> act) =>
        new(name, Serve(act), client, outcome) { SpeaksHttp2 = true };

    /// <summary>An upload to an upstream that does this once, and answers well when asked again.</summary>
    private static Fault Once(string name, string client, Control.Analysis.Outcome outcome, Func<Http2Peer, int, Task> act)
    {
        var asked = 0;
        return On($"{name}, once", client, outcome, async (peer, stream) =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                await act(peer, stream);
                return;
            }

            await peer.HeadersAsync(stream, false, Ok);
            await peer.DataAsync(stream, true, "ok");
        }) with
        {
            Act = Fault.Upload("POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 5),
        };
    }

    private static Fault Calls(string name, string client, Control.Analysis.Outcome outcome, Func<Http2Peer, int, Task> act) =>
        On(name, client, outcome, act) with { Act = Fault.Say(Fault.Call) };

    /// <summary>An upstream that does this with every stream.</summary>
    public static Script Serve(Func<Http2Peer, int, Task> act, byte[]? settings = null) => async wire =>
    {
        await wire.TakeAsync(Http2Peer.Preface.Length);
        var peer = new Http2Peer(wire);
        await peer.SendAsync(FrameType.Settings, 0, 0, settings ?? []);
        while (await peer.ReadAsync() is { } frame)
        {
            if (frame.Type == FrameType.Headers)
            {
                await act(peer, frame.Stream);
            }
        }

        return false;
    };

    private static async Task Begin(Http2Peer peer, int stream, params (string, string)[] fields)
    {
        await peer.HeadersAsync(stream, false, fields);
        await peer.DataAsync(stream, false, "abc");
        await Task.Delay(40);
    }

    private static async Task Call(Http2Peer peer, int stream, string status, params (string, string)[] head)
    {
        await peer.HeadersAsync(stream, false, [Ok, Grpc, .. head]);
        await peer.DataAsync(stream, false, "ok");
        await peer.HeadersAsync(stream, true, ("grpc-status", status));
    }

    private static async Task LeaveAsync(Http2Peer peer, int stream)
    {
        await peer.GoAwayAsync(stream, NoError);
        await Close(peer);
    }

    private static Task Close(Http2Peer peer)
    {
        peer.Wire.Finish();
        return Task.CompletedTask;
    }

    private static Task Abort(Http2Peer peer)
    {
        peer.Wire.Reset();
        return Task.CompletedTask;
    }
}
