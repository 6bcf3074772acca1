using static Snapback.Control.Analysis.Outcome;
using static Snapback.Proxy.Tests.Faults.Play;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>HTTP/1.1 upstreams that fail before, in or by their response head.</summary>
internal static class HeadFaults
{
    private static readonly string Big = new('x', 100);

    public static IEnumerable<Fault> All =>
    [
        new("connection refused", FaultRig.Refused, "502", Failure),
        new("closes when accepted", AtOnce(wire => wire.Dispose()), "502", Failure),
        new("resets when accepted", AtOnce(wire => wire.Reset()), "502", Failure),
        new("closes after the request", Fin(""), "502", Failure),
        new("resets after the request", Rst(""), "502", Failure),
        new("never answers", Silent, "504", Failure),
        new("drips its head for ever", Endless("HTTP/1.1 200 OK\r\n", "X-More: x\r\n"), "504 / 502", Failure),
        new("hangs after the status line", Hang("HTTP/1.1 200 OK\r\n"), "504", Failure),
        new("closes after the status line", Fin("HTTP/1.1 200 OK\r\n"), "502", Failure),
        new("resets in the head", Rst("HTTP/1.1 200 OK\r\nContent-Le"), "502", Failure),
        new("says 102 for ever", Endless("", "HTTP/1.1 102 Processing\r\n\r\n"), "504", Failure),
        new("garbage", Fin("\u0001\u0002\u0003garbage\r\n\r\n"), "502", Failure),
        new("HTTP/0.9", Fin("<html>hello</html>\r\n"), "502", Failure),
        new("a line of HTTP/2.0", Fin("HTTP/2.0 200 OK\r\n\r\n"), "502", Failure),
        new("status 99", Fin("HTTP/1.1 99 Odd\r\nContent-Length: 0\r\n\r\n"), "502", Failure),
        new("status 099", Fin("HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n"), "502", Failure),
        new("a line of HTTP/1.2", Fin("HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok"), "200 ok", Success),
        new("status abc", Fin("HTTP/1.1 abc Odd\r\nContent-Length: 0\r\n\r\n"), "502", Failure),
        new("a status of four digits", Fin("HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"), "502", Failure),
        new("a header without a colon", Fin("HTTP/1.1 200 OK\r\nNoColon\r\n\r\n"), "502", Failure),
        new("a head of 80 KB", Fin(Ok(string.Join("\r\n", Enumerable.Range(0, 800).Select(i => $"X-{i}: {Big}")))), "502", Failure),
        new(
            "a head of 20 KB",
            Keep(Ok(string.Join("\r\n", Enumerable.Range(0, 190).Select(i => $"X-{i}: {Big}")) + "\r\nContent-Length: 2", "ok")),
            "200 ok",
            Success),
        .. Statuses(Failure, 500, 501, 502, 503, 504, 505, 511, 599, 600, 999),
        .. Statuses(
            Success,
            200,
            201,
            202,
            206,
            207,
            300,
            301,
            302,
            307,
            308,
            400,
            401,
            403,
            404,
            408,
            409,
            410,
            413,
            415,
            418,
            421,
            429,
            431,
            451,
            499),
        new("twice the same Content-Length", Keep(Ok("Content-Length: 2\r\nContent-Length: 2", "ok")), "502", Failure),
        new("Content-Lengths with a comma", Keep(Ok("Content-Length: 2, 2", "ok")), "502", Failure),
        new("a negative Content-Length", Fin(Ok("Content-Length: -1", "ok")), "502", Failure),
        new("a Content-Length in letters", Fin(Ok("Content-Length: two", "ok")), "502", Failure),
        new("Content-Length and chunked", Fin(Ok("Content-Length: 99\r\nTransfer-Encoding: chunked", "2\r\nok\r\n0\r\n\r\n")), "200 ok", Success),
        new("gzip under chunked", Fin(Ok("Transfer-Encoding: gzip, chunked", "2\r\nok\r\n0\r\n\r\n")), "502", Failure),
        new(
            "gzip under chunked, in two lines",
            Fin(Ok("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", "2\r\nok\r\n0\r\n\r\n")),
            "502",
            Failure),
        new("gzip as the only coding", Fin(Ok("Transfer-Encoding: gzip", "ok")), "502", Failure),
        new("chunked twice", Fin(Ok("Transfer-Encoding: chunked, chunked", "2\r\nok\r\n0\r\n\r\n")), "502", Failure),
        new("Chunked in capitals", Keep(Ok("Transfer-Encoding: CHUNKED", "2\r\nok\r\n0\r\n\r\n")), "200 ok", Success),
        new("identity", Fin(Ok("Transfer-Encoding: identity", "ok")), "200 ok", Success),
        new("a control byte in a header", Keep(Ok("X-A: a\u0001b\r\nContent-Length: 2", "ok")), "502", Failure),
        new("Latin-1 in a header", Keep(Ok("X-A: café\r\nContent-Length: 2", "ok")), "200 ok", Success),
        new("NUL in a header", Keep(Ok("X-A: a\0b\r\nContent-Length: 2", "ok")), "200 ok", Success),
        new("a bare CR in a header", Keep(Ok("X-A: a\rb\r\nContent-Length: 2", "ok")), "200 ok", Success),
        new("a folded header", Keep(Ok("X-A: a\r\n b\r\nContent-Length: 2", "ok")), "200 ok", Success),
        new("a folded Content-Length", Keep(Ok("Content-Length:\r\n 2", "ok")), "200 ok", Success),
        new("a folded coding", Keep(Ok("Transfer-Encoding:\r\n chunked", "2\r\nok\r\n0\r\n\r\n")), "200 ok", Success),
        new("a space before the colon", Keep(Ok("X-A : a\r\nContent-Length: 2", "ok")), "200 ok", Success),
        new("bare LF", Keep("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"), "200 ok", Success),
        new("control bytes in the reason", Keep(Status("200 \u0001<script>", "Content-Length: 2", "ok")), "200 ok", Success),
        new("100 before it", Keep(Status("100 Continue", "") + Ok("Content-Length: 2", "ok")), "200 ok", Success),
        new("102 before it", Keep(Status("102 Processing", "") + Ok("Content-Length: 2", "ok")), "200 ok", Success),
        new("103 before it", Keep(Status("103 Early Hints", "Link: </a>") + Ok("Content-Length: 2", "ok")), "200 ok", Success),
        new("101 that nobody asked for", Hang(Status("101 Switching Protocols", "Connection: Upgrade\r\nUpgrade: websocket")), "502", Failure),
    ];

    private static IEnumerable<Fault> Statuses(Control.Analysis.Outcome outcome, params int[] statuses) =>
        statuses.Select(status => new Fault($"status {status}", Keep(Status($"{status} x", "Content-Length: 2", "ok")), $"{status} ok", outcome));
}
