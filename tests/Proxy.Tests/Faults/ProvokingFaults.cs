using static Snapback.Control.Analysis.Outcome;
using static Snapback.Proxy.Tests.Faults.Play;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>Clients that ask for what a decent arm refuses in a way that looks like a failure: by a status of gRPC's, or by hanging up.</summary>
internal static class ProvokingFaults
{
    private const int Half = 500_000;
    private const int RefusedStream = 7;
    private const int Cancel = 8;

    private static readonly TimeSpan TooLong = TimeSpan.FromSeconds(5.5);
    private static readonly TimeSpan ReadFirst = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(15);

    private static readonly string LongHeaders = $"GET {{0}} HTTP/1.1\r\nHost: a\r\nX-A: {new string('x', 20_000)}\r\n\r\n";

    public static IEnumerable<Fault> All =>
    [
        // It knows no limit before it has heard the first stream refused, and then sends the request anew.
        new("more headers than an HTTP/2 arm takes", TakesFewHeaders, "400", Neutral) { SpeaksHttp2 = true, Act = Fault.Say(LongHeaders) },
        new(
            "a WebSocket to an HTTP/2 arm without them",
            Http2Faults.Serve((_, _) => Task.CompletedTask),
            "400",
            Neutral) { SpeaksHttp2 = true, Act = Fault.Say(WebSocket) },

        Stalls("until the arm closes", wire =>
        {
            wire.Dispose();
            return Task.CompletedTask;
        }),
        Stalls("until the arm closes its half", async wire =>
        {
            wire.Finish();
            await wire.DrainAsync();
        }),
        Stalls("until the arm resets", wire =>
        {
            wire.Reset();
            return Task.CompletedTask;
        }),
        new("stalls in an upload until an HTTP/2 arm resets it", Http2Faults.Serve(async (peer, stream) =>
        {
            await Task.Delay(TooLong);
            await peer.ResetAsync(stream, Cancel);
        }), "408", Neutral)
        {
            SpeaksHttp2 = true, ActivityTimeout = Patient, Act = Fault.Say("POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"),
        },

        Calls(
            "a GET of a gRPC path",
            "405 Method Not Allowed",
            "13",
            "405",
            Success) with { Act = Fault.Say("GET {0} HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\n\r\n") },
        Calls(
            "a POST to a gRPC path that is no call",
            "200 OK",
            "2",
            "200",
            Success) with { Act = Fault.Say("POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n") },
        Calls("a gRPC time-out that none can read", "400 Bad Request", "13", "400", Success, "grpc-timeout: soon"),
        Calls("a call that it may not make", "200 OK", "7", "200", Success),
        Calls("a call whose own time is over", "200 OK", "4", "200", Neutral, "grpc-timeout: 1n"),
        Calls("a call whose own time is not over", "200 OK", "4", "200", Failure, "grpc-timeout: 1H"),
        Calls("a call that gives all the time", "200 OK", "4", "200", Failure),

        Talks("breaks the rules of a WebSocket until it is reset", [], Neutral),
        Talks("breaks the rules of a WebSocket until it is told goodbye and reset", [.. "hi"u8, 0x88, 5, 3, 0xEA, .. "bad"u8], Neutral),
        Talks("is answered over a WebSocket, and then reset", [.. "hi"u8], Failure),
        new("says nothing over a WebSocket until it is reset", After(async wire =>
        {
            await wire.SendAsync(Switched + "hello");
            await Task.Delay(TooLong);
            wire.Reset();
        }), "", Neutral)
        {
            ActivityTimeout = Patient,
            Act = async (wire, place) =>
            {
                await OpenAsync(wire, place);
                await wire.DrainAsync();
                return "";
            },
        },
    ];

    private static Script TakesFewHeaders { get; } = async wire =>
    {
        await wire.TakeAsync(Http2Peer.Preface.Length);
        var peer = new Http2Peer(wire);
        const byte maxHeaderListSize = 6;
        await peer.SendAsync(FrameType.Settings, 0, 0, [0, maxHeaderListSize, .. Http2Peer.Word(8192)]);
        while (await peer.ReadAsync() is { } frame)
        {
            if (frame.Type == FrameType.Headers)
            {
                await peer.ResetAsync(frame.Stream, RefusedStream);
            }
        }

        return false;
    };

    private static Fault Calls(string name, string line, string status, string heard, Control.Analysis.Outcome outcome, string? header = null) =>
        new(name, Keep(Status(line, $"Content-Type: application/grpc\r\ngrpc-status: {status}\r\nContent-Length: 0")), heard, outcome)
        {
            Act = Fault.Say(header is null ? Fault.Call : Fault.Call.Replace("\r\n\r\n", $"\r\n{header}\r\n\r\n", StringComparison.Ordinal)),
        };

    /// <summary>Says one thing, and is answered and reset.</summary>
    private static Fault Talks(string name, byte[] answer, Control.Analysis.Outcome outcome) => new(name, After(async wire =>
    {
        await wire.SendAsync(Switched + "hello");
        await wire.ListenAsync(text => text.Length > 0);
        await wire.SendAsync(answer);
        await Task.Delay(ReadFirst);
        wire.Reset();
    }), "", outcome)
    {
        Act = async (wire, place) =>
        {
            await OpenAsync(wire, place);
            await wire.SendAsync("no frame");
            await wire.DrainAsync();
            return "";
        },
    };

    private static Fault Stalls(string what, Func<Wire, Task> hangUp) => new($"stalls in an upload {what}", After(async wire =>
    {
        await Task.Delay(TooLong);
        await hangUp(wire);
    }), "408", Neutral)
    {
        ActivityTimeout = Patient,
        Act = async (wire, place) =>
        {
            await wire.SendAsync($"POST {place} HTTP/1.1\r\nHost: a\r\nContent-Length: {2 * Half}\r\n\r\n");
            await wire.SendAsync(new byte[Half]);
            await Task.Delay(TooLong + TimeSpan.FromSeconds(1));
            var sending = wire.SendAsync(new byte[Half]);
            _ = sending.ContinueWith(sent => _ = sent.Exception, TaskScheduler.Default);
            return await Heard.ByAsync(wire, "POST");
        },
    };

    private static async Task OpenAsync(Wire wire, Place place)
    {
        await wire.SendAsync(WebSocket.Replace("{0}", place, StringComparison.Ordinal));
        await wire.ListenAsync(text => text.Contains("hello", StringComparison.Ordinal));
    }
}
