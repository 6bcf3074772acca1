using static Snapback.Control.Analysis.Outcome;
using static Snapback.Proxy.Tests.Faults.Play;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>HTTP/1.1 upstreams whose status says that all is well.</summary>
internal static class BodyFaults
{
    private const string Chunked = "Transfer-Encoding: chunked";
    private const string Sse = "Content-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked";
    private const string Grpc = "Content-Type: application/grpc\r\nTransfer-Encoding: chunked";
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(500);

    public static IEnumerable<Fault> All =>
    [
        new("shorter than promised, closed", Fin(Ok("Content-Length: 9", "abc‖")), "200 abc… / 200 … / nothing", Failure),
        new("shorter than promised, reset", Rst(Ok("Content-Length: 9", "abc‖")), "200 abc… / 200 … / nothing", Failure),
        new("nothing of what was promised, closed", Fin(Ok("Content-Length: 9")), "502", Failure),
        new("nothing of what was promised, reset", Rst(Ok("Content-Length: 9", "‖")), "502", Failure),
        new("until it closes", Fin(Ok("", "abc")), "200 abc", Success),
        new("until it closes, reset", Rst(Ok("", "abc‖")), "200 abc… / 200 … / nothing", Failure),
        new("stalls", Hang(Ok("Content-Length: 9", "abc")), "200 abc…", Failure),
        new("stalls before its first byte", Hang(Ok("Content-Length: 9")), "502 / 504", Failure),
        new("stalls in chunks", Hang(Ok(Chunked, "3\r\nabc\r\n")), "200 abc…", Failure),
        new("pauses", Keep(Ok("Content-Length: 9", "abc‖def‖ghi")), "200 abcdefghi", Success),
        new("drips past the route's time-out", Endless(Ok(Chunked), "1\r\na\r\n"), "", Failure) { RouteTimeout = Soon * 2, Act = Broken },
        new("hangs past the route's time-out", Silent, "504", Failure) { RouteTimeout = Soon },
        new("stalls past the route's time-out", Hang(Ok("Content-Length: 9", "abc")), "200 abc…", Failure) { RouteTimeout = Soon },
        new("comes behind its head", Keep(Ok("Content-Length: 9", "‖abcdefghi")), "200 abcdefghi", Success),
        new(
            "is short, and more than comes with its head",
            Keep(Ok($"X-Pad: {new string('p', 2000)}\r\nContent-Length: 3000", new string('a', 3000))),
            $"200 {new string('a', 3000)}",
            Success),
        new("longer than promised", Keep(Ok("Content-Length: 2", "okmore")), "200 ok", Success),
        new("a second answer behind it", Keep(Ok("Content-Length: 2", "ok") + Status("500 x", "Content-Length: 0")), "200 ok", Success),
        new("chunks without an end, closed", Fin(Ok(Chunked, "3\r\nabc\r\n‖")), "200 abc… / 200 … / nothing", Failure),
        new("chunks without an end, reset", Rst(Ok(Chunked, "3\r\nabc\r\n‖")), "200 abc… / 200 … / nothing", Failure),
        new("a bad chunk size at once", Fin(Ok(Chunked, "zz\r\nabc\r\n")), "502", Failure),
        new("a bad chunk size later", Fin(Ok(Chunked, "3\r\nabc\r\n‖zz\r\n")), "200 abc… / 200 … / 502 / nothing", Failure),
        new("a huge chunk size", Fin(Ok(Chunked, "fffffffffffffffff\r\nabc")), "502", Failure),
        new("a chunk extension of 100 KB", Fin(Ok(Chunked, $"3;{new string('x', 100_000)}\r\nabc\r\n0\r\n\r\n")), "502", Failure),
        new("a chunk that ends wrongly", Fin(Ok(Chunked, "3\r\nabcXX‖0\r\n\r\n")), "200 abc… / 200 … / 502 / nothing", Failure),
        new("chunks in lines of LF", Keep(Ok(Chunked, "2\nok\n0\nX-T: t\n\n")), "200 ok", Success),
        new("chunks in lines of LF, by and by", Keep(Ok(Chunked, "2‖\n‖ok‖\n0‖\n‖\n")), "200 ok", Success),
        new("an LF in a chunk extension", Fin(Ok(Chunked, "2;a\nb\r\nok\r\n0\r\n\r\n")), "200 … / 502 / nothing", Failure),
        new("a chunk size with many zeros", Keep(Ok(Chunked, $"{new string('0', 40)}2\r\nok\r\n000\r\n\r\n")), "200 ok", Success),
        new("a folded trailer", Keep(Ok(Chunked, "2\r\nok\r\n0\r\nX-T: t\r\n u\r\n\r\n")), "200 ok", Success),
        new("a trailer without a colon", Fin(Ok(Chunked, "2\r\nok\r\n0\r\nX-T\r\n\r\n")), "200 ok… / 200 … / 502 / nothing", Failure),
        new("a trailer's name that is no token", Fin(Ok(Chunked, "2\r\nok\r\n0\r\nX T: t\r\n\r\n")), "200 ok… / 200 … / 502 / nothing", Failure),
        new("trailers", Keep(Ok(Chunked + "\r\nTrailer: X-T", "2\r\nok\r\n0\r\nX-T: t\r\n\r\n")), "200 ok", Success),
        new("a body that is not the gzip it says", Keep(Ok("Content-Encoding: gzip\r\nContent-Length: 2", "ok")), "200 ok", Success),

        new("204", Keep(Status("204 No Content", "")), "204", Success),
        new("204 of length 0", Keep(Status("204 No Content", "Content-Length: 0")), "204", Success),
        new("204 with a length and a body", Fin(Status("204 No Content", "Content-Length: 3", "abc")), "204", Failure),
        new("204 with a length alone", Fin(Status("204 No Content", "Content-Length: 3")), "204", Failure),
        new("204 in chunks", Fin(Status("204 No Content", Chunked, "3\r\nabc\r\n0\r\n\r\n")), "204", Failure),
        new("205 with a body", Fin(Status("205 Reset Content", "Content-Length: 3", "abc")), "205", Failure),
        new("205 of length 0", Keep(Status("205 Reset Content", "Content-Length: 0")), "205", Success),
        new("304 with a length", Keep(Status("304 Not Modified", "Content-Length: 3")), "304", Success),
        new("HEAD with a length", Keep(Ok("Content-Length: 3")), "200", Success) { Act = Fault.Say("HEAD {0} HTTP/1.1\r\nHost: a\r\n\r\n") },
        new("HEAD with a body", Fin(Ok("Content-Length: 3", "abc")), "200", Success) { Act = Fault.Say("HEAD {0} HTTP/1.1\r\nHost: a\r\n\r\n") },
        new(
            "HEAD with a 500",
            Keep(Status("500 x", "Content-Length: 3")),
            "500",
            Failure) { Act = Fault.Say("HEAD {0} HTTP/1.1\r\nHost: a\r\n\r\n") },

        new("events to their end", Keep(Ok(Sse, "6\r\ndata:1\r\n0\r\n\r\n")), "200 data:1", Success),
        new("events, then closed", Fin(Ok("Content-Type: text/event-stream", "data:1")), "200 data:1", Success),
        new("events, then reset", Rst(Ok(Sse, "6\r\ndata:1\r\n‖")), "200 data:1… / 200 … / nothing", Failure),
        new("events, then silence", Hang(Ok(Sse, "6\r\ndata:1\r\n")), "200 data:1…", Neutral),
        new("events past the route's time-out", Hang(Ok(Sse, "6\r\ndata:1\r\n")), "200 data:1…", Neutral) { RouteTimeout = 3 * Soon },

        new("WebSocket, closed", Fin(Switched + "hello‖"), "101 hello", Success) { Act = Fault.Say(WebSocket) },
        new("WebSocket, reset", Rst(Switched + "hello‖"), "101 hello / 101", Failure) { Act = Fault.Say(WebSocket) },
        new("WebSocket, then silence", Hang(Switched + "hello"), "101 hello", Neutral) { Act = Fault.Say(WebSocket) },
        new(
            "WebSocket with a wrong accept",
            Fin(Switched.Replace("s3pP", "0000", StringComparison.Ordinal)),
            "101",
            Success) { Act = Fault.Say(WebSocket) },
        new("WebSocket refused", Keep(Status("400 Bad", "Content-Length: 2", "no")), "400 no", Success) { Act = Fault.Say(WebSocket) },
        new("WebSocket and a 503", Keep(Status("503 x", "Content-Length: 2", "no")), "503 no", Failure) { Act = Fault.Say(WebSocket) },
        new("WebSocket never answered", Silent, "504", Failure) { Act = Fault.Say(WebSocket) },

        new("gRPC without a status", Keep(Ok(Grpc, "2\r\nok\r\n0\r\n\r\n")), "200 ok", Failure) { Act = Fault.Say(Fault.Call) },
        new(
            "gRPC status 0 in a trailer",
            Keep(Ok(Grpc, "2\r\nok\r\n0\r\ngrpc-status: 0\r\n\r\n")),
            "200 ok",
            Success) { Act = Fault.Say(Fault.Call) },
        new(
            "gRPC status 14 in a trailer",
            Keep(Ok(Grpc, "2\r\nok\r\n0\r\ngrpc-status: 14\r\n\r\n")),
            "200 ok",
            Failure) { Act = Fault.Say(Fault.Call) },
        new(
            "gRPC status 13 in a header",
            Keep(Ok("Content-Type: application/grpc\r\ngrpc-status: 13\r\nContent-Length: 0")),
            "200",
            Failure) { Act = Fault.Say(Fault.Call) },
        new(
            "gRPC status 0, and 14",
            Keep(Ok("Content-Type: application/grpc\r\ngrpc-status: 0\r\ngrpc-status: 14\r\nContent-Length: 0")),
            "200",
            Failure) { Act = Fault.Say(Fault.Call) },
        new(
            "gRPC status 0, and 14 in trailers",
            Keep(Ok(Grpc, "2\r\nok\r\n0\r\ngrpc-status: 0\r\ngrpc-status: 14\r\n\r\n")),
            "200 ok",
            Failure) { Act = Fault.Say(Fault.Call) },
        new(
            "gRPC status 0 in the head, and 14 in a trailer",
            Keep(Ok(Grpc + "\r\ngrpc-status: 0", "2\r\nok\r\n0\r\ngrpc-status: 14\r\n\r\n")),
            "200 ok",
            Failure) { Act = Fault.Say(Fault.Call) },
        new(
            "gRPC status 0 in the head, and none behind it",
            Keep(Ok(Grpc + "\r\ngrpc-status: 0", "2\r\nok\r\n0\r\n\r\n")),
            "200 ok",
            Success) { Act = Fault.Say(Fault.Call) },
        new(
            "gRPC without a status, to a HEAD",
            Keep(Ok("Content-Type: application/grpc")),
            "200",
            Success) { Act = Fault.Say("HEAD {0} HTTP/1.1\r\nHost: a\r\n\r\n") },
        new(
            "gRPC-Web with its trailers in the body",
            Keep(Ok("Content-Type: application/grpc-web+proto\r\nContent-Length: 2", "ok")),
            "200 ok",
            Success) { Act = Fault.Say(Fault.Call) },
        new(
            "gRPC-Web status 14 in a header",
            Keep(Ok("Content-Type: application/grpc-web\r\ngrpc-status: 14\r\nContent-Length: 0")),
            "200",
            Failure) { Act = Fault.Say(Fault.Call) },
    ];

    /// <summary>Broken, wherever.</summary>
    private static async Task<string> Broken(Wire wire, Place place) =>
        await Fault.Say(Fault.Get)(wire, place) is var heard
            && heard.StartsWith("200 a", StringComparison.Ordinal)
            && heard.EndsWith('…')
            ? ""
            : heard;
}
