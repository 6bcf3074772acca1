using static Snapback.Control.Analysis.Outcome;
using static Snapback.Proxy.Tests.Faults.Play;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>HTTP/1.1 upstreams that are sent more than they take.</summary>
internal static class UploadFaults
{
    /// <summary>More than the sockets between client and upstream hold.</summary>
    private const int Much = 30_000_000;

    private const string Small = "POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
    private const string Chunked = "POST {0} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    private const string Expecting = "POST {0} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";

    private static readonly string Large = $"POST {{0}} HTTP/1.1\r\nHost: a\r\nContent-Length: {Much}\r\n\r\n";

    public static IEnumerable<Fault> All =>
    [
        new("an upload taken", Took(5, Ok("Content-Length: 2", "ok")), "200 ok", Success) { Act = Fault.Upload(Small, 5) },
        new("an upload taken in chunks", After(async wire =>
        {
            await wire.ListenAsync(text => text.EndsWith("0\r\n\r\n", StringComparison.Ordinal));
            await wire.SendAsync(Ok("Content-Length: 2", "ok"));
            await wire.DrainAsync();
        }), "200 ok", Success) { Act = Fault.Say(Chunked) },
        new("a 500 after an upload", Took(5, Status("500 x", "Content-Length: 2", "no")), "500 no", Failure) { Act = Fault.Upload(Small, 5) },
        new("an upload, then closed", Took(5, ""), "502", Failure) { Act = Fault.Upload(Small, 5) },
        new(
            "an early 413, then closed",
            Fin(Status("413 x", "Content-Length: 2\r\nConnection: close", "no")),
            "413 no",
            Success) { Act = Fault.Upload(Large, Much) },
        new(
            "an early 413, then gone with the rest unread",
            Gone(Status("413 x", "Content-Length: 2\r\nConnection: close", "no")),
            "413 no",
            Success) { Act = Fault.Upload(Large, Much) },
        new(
            "an early 413 to chunks, then gone with the rest unread",
            Gone(Status("413 x", "Content-Length: 2\r\nConnection: close", "no")),
            "413 no",
            Success) { Act = SendChunks },
        new(
            "an early 500, then gone with the rest unread",
            Gone(Status("500 x", "Content-Length: 2", "no")),
            "500 no",
            Failure) { Act = Fault.Upload(Large, Much) },
        new(
            "half of an early 413, then gone",
            Gone(Status("413 x", "Content-Length: 9", "no")),
            "413 no… / 413 … / 502 / nothing",
            Failure) { Act = Fault.Upload(Large, Much) },
        new("half of the head of an early 413, then gone", Gone("HTTP/1.1 413 x\r\nContent-Le"), "502", Failure) { Act = Fault.Upload(Large, Much) },
        new("an early 401 that reads on", Hang(Status("401 x", "Content-Length: 2", "no")), "401 no", Success) { Act = Fault.Upload(Large, Much) },
        new(
            "an early 500",
            Fin(Status("500 x", "Content-Length: 2\r\nConnection: close", "no")),
            "500 no",
            Failure) { Act = Fault.Upload(Large, Much) },
        new("a reset in an upload", Rst("‖"), "502", Failure) { Act = Fault.Upload(Large, Much) },
        new("an upload that is not taken", After(_ => Task.Delay(TimeSpan.FromSeconds(15))), "504", Failure) { Act = Fault.Upload(Large, Much) },
        new("an upload that is not taken before the route's time-out", After(_ => Task.Delay(TimeSpan.FromSeconds(15))), "504", Failure)
        {
            Act = Fault.Upload(Large, Much), RouteTimeout = TimeSpan.FromSeconds(2),
        },
        new("100, then the body", After(async wire =>
        {
            await wire.SendAsync(Status("100 Continue", ""));
            await wire.TakeAsync(5);
            await wire.SendAsync(Ok("Content-Length: 2", "ok"));
            await wire.DrainAsync();
        }), "100 200 ok", Success) { Act = Expect },
        new(
            "417 instead of 100",
            Fin(Status("417 x", "Content-Length: 2\r\nConnection: close", "no")),
            "417 no",
            Success) { Act = Fault.Say(Expecting.Replace("Length: 5", "Length: 5000", StringComparison.Ordinal)) },
        // The handler waits a second for it before it sends the body all the same.
        new(
            "no 100 at all",
            Took(5, Ok("Content-Length: 2", "ok")),
            "100 200 ok",
            Success) { Act = Expect, ActivityTimeout = TimeSpan.FromSeconds(6) },
        new("100, then reset", After(async wire =>
        {
            await wire.SendAsync(Status("100 Continue", "") + "‖");
            wire.Reset();
        }), "100 502", Failure) { Act = Expect },
    ];

    /// <summary>Closed with bytes unread a connection is reset, as most servers leave it that refuse an upload.</summary>
    private static Script Gone(string answer) => After(async wire =>
    {
        await wire.SendAsync(answer + "‖");
        wire.Dispose();
    });

    private static Script Took(int bytes, string answer) => After(async wire =>
    {
        await wire.TakeAsync(bytes);
        await wire.SendAsync(answer);
        wire.Finish();
        await wire.DrainAsync();
    });

    private static async Task<string> SendChunks(Wire wire, Place place)
    {
        await wire.SendAsync($"POST {place} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{Much:x}\r\n");
        await wire.SendAsync(new byte[Much]);
        await wire.SendAsync("\r\n0\r\n\r\n");
        return await Heard.ByAsync(wire, "POST");
    }

    /// <summary>A client that waits for the 100, as curl does.</summary>
    private static async Task<string> Expect(Wire wire, Place place)
    {
        await wire.SendAsync(Expecting.Replace("{0}", place, StringComparison.Ordinal));
        var (text, _) = await wire.ListenAsync(text => text.Contains("\r\n\r\n", StringComparison.Ordinal));
        if (text.Contains(" 100 ", StringComparison.Ordinal))
        {
            await wire.SendAsync("hello");
        }

        return await Heard.ByAsync(wire, Expecting);
    }
}
