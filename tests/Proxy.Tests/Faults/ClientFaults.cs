using static Snapback.Control.Analysis.Outcome;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>HTTP/1.1 clients that misbehave towards a healthy arm, or towards one that is slow to answer.</summary>
internal static class ClientFaults
{
    /// <summary>No healthy arm on a busy machine may run out of it beside ten thousand of these.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(6);

    private static readonly string Big = new('x', 40_000);
    private static readonly byte[] Much = System.Text.Encoding.Latin1.GetBytes(Play.Ok("Content-Length: 6000000", new string('a', 6_000_000)));

    /// <summary>More than the sockets between upstream and client hold.</summary>
    private static readonly Script Large = Play.After(async wire =>
    {
        await wire.SendAsync(Much);
        await wire.DrainAsync();
    });

    public static IEnumerable<Fault> All =>
    [
        Says("a good request", Fault.Get, "200 ok", Success),
        Says("CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", "405", null),
        Says("TRACE", "TRACE {0} HTTP/1.1\r\nHost: a\r\n\r\n", "405", null),
        Says("a method in small letters", "get {0} HTTP/1.1\r\nHost: a\r\n\r\n", "400", null),
        Says("a HEAD in small letters", "head {0} HTTP/1.1\r\nHost: a\r\n\r\n", "400", null),
        Says("a method of its own", "BREW {0} HTTP/1.1\r\nHost: a\r\n\r\n", "200 ok", Success),
        Says("a cookie in Latin-1", "GET {0} HTTP/1.1\r\nHost: a\r\nCookie: a=é\r\n\r\n", "200 ok", Success),
        Says("a header in Latin-1", "GET {0} HTTP/1.1\r\nHost: a\r\nX-A: \u0080ÿ\r\n\r\n", "200 ok", Success),
        Says("UTF-8 in a header", "GET {0} HTTP/1.1\r\nHost: a\r\nX-A: Ã©\r\n\r\n", "200 ok", Success),
        Says("a header's name that is no token", "GET {0} HTTP/1.1\r\nHost: a\r\nX A: b\r\n\r\n", "400", null),
        Says("a header without a colon", "GET {0} HTTP/1.1\r\nHost: a\r\nNoColon\r\n\r\n", "400", null),
        Says("NUL in a header", "GET {0} HTTP/1.1\r\nHost: a\r\nX-A: a\0b\r\n\r\n", "400", null),
        Says("a control byte in a header", "GET {0} HTTP/1.1\r\nHost: a\r\nX-A: a\u0001b\r\n\r\n", "200 ok / 400", Success),
        Says("a header of 40 KB", $"GET {{0}} HTTP/1.1\r\nHost: a\r\nX-A: {Big}\r\n\r\n", "431", null),
        Says("a target of 40 KB", $"GET {{0}}{Big} HTTP/1.1\r\nHost: a\r\n\r\n", "414", null),
        Says(
            "200 headers",
            $"GET {{0}} HTTP/1.1\r\nHost: a\r\n{string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: a\r\n"))}\r\n",
            "431",
            null),
        Says("two hosts", "GET {0} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400", null),
        Says("no host", "GET {0} HTTP/1.1\r\n\r\n", "400", null),
        Says("a host that is none", "GET {0} HTTP/1.1\r\nHost: a b\r\n\r\n", "400", null),
        Says("a host that no server reads", "GET {0} HTTP/1.1\r\nHost: a..b\r\n\r\n", "400", null),
        Says("a host that no alphabet has", "GET {0} HTTP/1.1\r\nHost: xn--\r\n\r\n", "400", null),
        Says("an empty host", "GET {0} HTTP/1.1\r\nHost:\r\n\r\n", "200 ok", Success),
        Says("HTTP/1.0", "GET {0} HTTP/1.0\r\n\r\n", "200 ok", Success),
        Says("HTTP/3.0", "GET {0} HTTP/3.0\r\nHost: a\r\n\r\n", "505", null),
        Says("garbage", "\u0001\u0002\u0003\r\n\r\n", "400", null),
        Says("a TLS hello", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001ü\u0003\u0003\r\n\r\n", "400 / nothing", null),
        Says("a target with a raw byte", "GET {0}é HTTP/1.1\r\nHost: a\r\n\r\n", "400", null),
        Says("a fragment", "GET {0}#a HTTP/1.1\r\nHost: a\r\n\r\n", "400", null),
        Says("a bare CR in the target", "GET {0}\rX-A:\tb\r HTTP/1.1\r\nHost: a\r\n\r\n", "400", null),
        Says("a query that is not encoded", "GET {0}?a=<b>&c=%zz|\\^ HTTP/1.1\r\nHost: a\r\n\r\n", "200 ok", Success),
        Says("a length that is no number", "POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "400", null),
        Says("a negative length", "POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400", null),
        Says("two lengths", "POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400", null),
        Says("a length and chunks", "POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", null),
        Says("gzip as its coding", "POST {0} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nabc", "400", null),
        Says("a bad chunk size", "POST {0} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n", "400", Neutral),
        Says("a bad chunk at once", "POST {0} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400", Neutral),
        Says("a chunk that ends wrongly", "POST {0} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX0\r\n\r\n", "400", Neutral),
        Says("an upgrade to something else", "GET {0} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "200 ok", Success),
        Says("a WebSocket without a key", "GET {0} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "200 ok", Success),
        Says("an expectation of its own", "GET {0} HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", "200 ok / 417", Success),
        Says("a path out of its route", "GET {0}../other HTTP/1.1\r\nHost: a\r\n\r\n", "400", null),
        Says("gRPC from a browser", "POST {0} HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n", "200 ok", Success),

        Does("half of a head, then gone", Play.Healthy, null, async (wire, place) =>
        {
            await wire.SendAsync($"GET {place} HTTP/1.1\r\nHo");
            wire.Reset();
            return "";
        }),
        Does("half of a head, then closed", Play.Healthy, null, async (wire, place) =>
        {
            await wire.SendAsync($"GET {place} HTTP/1.1\r\nHo");
            wire.Finish();
            await wire.DrainAsync();
            return "";
        }),
        Does("leaves while the arm is silent", Play.Silent, Neutral, async (wire, place) =>
        {
            await wire.SendAsync($"GET {place} HTTP/1.1\r\nHost: a\r\n\r\n");
            await place.ReachedAsync();
            wire.Reset();
            return "";
        }),
        Does("closes its half while the arm is silent", Play.Silent, Neutral, async (wire, place) =>
        {
            await wire.SendAsync($"GET {place} HTTP/1.1\r\nHost: a\r\n\r\n");
            await place.ReachedAsync();
            wire.Finish();
            await wire.DrainAsync();
            return "";
        }),
        Does("leaves in an upload", Play.Silent, Neutral, async (wire, place) =>
        {
            await wire.SendAsync($"POST {place} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf");
            await place.ReachedAsync();
            wire.Reset();
            return "";
        }),
        Does("closes its half in an upload", Play.Silent, Neutral, async (wire, place) =>
        {
            await wire.SendAsync($"POST {place} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf");
            await place.ReachedAsync();
            wire.Finish();
            await wire.DrainAsync();
            return "";
        }),
        Does("stalls in an upload", Play.Silent, Neutral, async (wire, place) =>
        {
            await wire.SendAsync($"POST {place} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf");
            return (await Heard.ByAsync(wire, "POST"))[..3];
        }, "408") with { ActivityTimeout = TimeSpan.FromSeconds(1.5) },
        Does("stalls in an upload past the route's time-out", Play.Silent, Neutral, async (wire, place) =>
        {
            await wire.SendAsync($"POST {place} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf");
            return (await Heard.ByAsync(wire, "POST"))[..3];
        }, "408") with { RouteTimeout = TimeSpan.FromMilliseconds(500) },
        Does("uploads until shortly before the route's time-out", Play.Silent, Neutral, async (wire, place) =>
        {
            await wire.SendAsync($"POST {place} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhalf");
            await Task.Delay(TimeSpan.FromMilliseconds(700));
            await wire.SendAsync("!");
            return (await Heard.ByAsync(wire, "POST"))[..3];
        }, "408") with { RouteTimeout = TimeSpan.FromSeconds(1) },
        Does("never reads", Large, Neutral, async (wire, place) =>
        {
            await wire.SendAsync($"GET {place} HTTP/1.1\r\nHost: a\r\n\r\n");
            await Task.Delay(TimeSpan.FromSeconds(4.5));
            return "";
        }) with { SmallWindow = true, ActivityTimeout = TimeSpan.FromSeconds(4) },
        Does("never reads past the route's time-out", Large, Neutral, async (wire, place) =>
        {
            await wire.SendAsync($"GET {place} HTTP/1.1\r\nHost: a\r\n\r\n");
            await Task.Delay(TimeSpan.FromSeconds(2.6));
            return "";
        }) with { SmallWindow = true, RouteTimeout = TimeSpan.FromSeconds(2) },
        Does("leaves in the body", Play.Hang(Play.Ok("Content-Length: 9", "abc")), Neutral, async (wire, place) =>
        {
            await wire.SendAsync($"GET {place} HTTP/1.1\r\nHost: a\r\n\r\n");
            await wire.ListenAsync(Begun);
            wire.Reset();
            return "";
        }),
        Does("leaves in a stream of events", Play.Hang(Play.Ok("Content-Type: text/event-stream", "data:1\n\n")), Neutral, async (wire, place) =>
        {
            await wire.SendAsync($"GET {place} HTTP/1.1\r\nHost: a\r\n\r\n");
            await wire.ListenAsync(Begun);
            wire.Reset();
            return "";
        }),
        Does(
            "leaves a WebSocket",
            Play.Hang("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello"),
            Neutral,
            async (wire, place) =>
        {
            await wire.SendAsync(
                $"GET {place} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            await wire.ListenAsync(Begun);
            wire.Reset();
            return "";
        }),
        Does("two requests in one go", Play.Healthy, Success, async (wire, place) =>
        {
            await wire.SendAsync($"GET {place} HTTP/1.1\r\nHost: a\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
            return await Heard.ByAsync(wire, "GET");
        }, "200 ok"),
    ];

    private static bool Begun(string text) => text.Contains("\r\n\r\n", StringComparison.Ordinal);

    private static Fault Says(string name, string request, string heard, Control.Analysis.Outcome? outcome) =>
        new(name, Play.Healthy, heard, outcome) { Act = Fault.Say(request), OnlyStatus = true, ActivityTimeout = Long };

    private static Fault Does(string name, Script upstream, Control.Analysis.Outcome? outcome, Act act, string heard = "") =>
        new(name, upstream, heard, outcome) { Act = act, ActivityTimeout = Long };
}
