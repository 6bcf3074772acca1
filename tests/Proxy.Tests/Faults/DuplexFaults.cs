using static Snapback.Control.Analysis.Outcome;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>
/// Clients that misbehave in an upload to an HTTP/2 arm. It may answer before the upload has ended, and then one stream breaks in both
/// directions, whoever broke it.
/// </summary>
internal static class DuplexFaults
{
    private static readonly (string, string) Ok = (":status", "200");

    public static IEnumerable<Fault> All =>
    [
        Does("stalls in an upload to HTTP/2", "408", Silent, StallAsync),
        Does("stalls in chunks to HTTP/2", "408", Silent, (wire, place) => StallAsync(wire, place, "Transfer-Encoding: chunked", "4\r\nhalf\r\n")),
        Does("stalls in an upload that is answered already", "200 abc…", Begin(), StallAsync),
        Does("stalls in an upload that is answered with events", "200 abc…", Begin(("content-type", "text/event-stream")), StallAsync),
        Does("a bad chunk to HTTP/2", "400", Silent, (wire, place) => BreakAsync(wire, place, answered: false)),
        Does("a bad chunk in an upload that is answered already", "", Begin(), (wire, place) => BreakAsync(wire, place, answered: true)),
        Does(
            "a bad chunk in an upload that is answered with events",
            "",
            Begin(("content-type", "text/event-stream")),
            (wire, place) => BreakAsync(wire, place, answered: true)),
        Does(
            "a bad chunk in a call that is answered already",
            "",
            Begin(("content-type", "application/grpc")),
            (wire, place) => BreakAsync(wire, place, answered: true)),
        Does("leaves in an upload that is answered already", "", Begin(), async (wire, place) =>
        {
            await AnsweredAsync(wire, place);
            wire.Reset();
            return "";
        }),
        Does("closes its half in an upload that is answered already", "", Begin(), async (wire, place) =>
        {
            await AnsweredAsync(wire, place);
            wire.Finish();
            await wire.DrainAsync();
            return "";
        }),
    ];

    private static Func<Http2Peer, int, Task> Silent { get; } = (_, _) => Task.CompletedTask;

    private static Func<Http2Peer, int, Task> Begin(params (string, string)[] fields) => async (peer, stream) =>
    {
        await peer.HeadersAsync(stream, false, [Ok, .. fields]);
        await peer.DataAsync(stream, false, "abc");
    };

    private static Fault Does(string name, string heard, Func<Http2Peer, int, Task> arm, Act act) =>
        new(name, Http2Faults.Serve(arm), heard, Neutral) { SpeaksHttp2 = true, Act = act };

    private static Task<string> StallAsync(Wire wire, Place place) => StallAsync(wire, place, "Content-Length: 9", "half");

    private static Task<string> StallAsync(Wire wire, Place place, string length, string half) =>
        Fault.Say($"POST {{0}} HTTP/1.1\r\nHost: a\r\n{length}\r\n\r\n{half}")(wire, place);

    private static async Task<string> BreakAsync(Wire wire, Place place, bool answered)
    {
        if (!answered)
        {
            return await Fault.Say("POST {0} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n")(wire, place);
        }

        await AnsweredAsync(wire, place);
        await wire.SendAsync("zz\r\n");
        await wire.DrainAsync();
        return "";
    }

    private static async Task AnsweredAsync(Wire wire, Place place)
    {
        await wire.SendAsync($"POST {place} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
        await wire.ListenAsync(text => text.Contains("abc", StringComparison.Ordinal));
    }
}
