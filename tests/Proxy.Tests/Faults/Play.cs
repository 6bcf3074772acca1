namespace Snapback.Proxy.Tests.Faults;

/// <summary>What an HTTP/1.1 upstream says once it has read a request's head, and how it ends.</summary>
internal static class Play
{
    /// <summary>A request for a WebSocket; {0} is its path.</summary>
    public const string WebSocket =
        "GET {0} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    /// <summary>The answer to <see cref="WebSocket"/>, with the accept that RFC 6455 computes of its key.</summary>
    public const string Switched =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    /// <summary>A well-behaved one.</summary>
    public static Script Healthy { get; } = Keep(Ok("Content-Length: 2", "ok"));

    /// <summary>Never a word.</summary>
    public static Script Silent { get; } = Hang("");

    public static string Ok(string headers, string body = "") => Status("200 OK", headers, body);

    public static string Status(string line, string headers, string body = "") => $"HTTP/1.1 {line}\r\n{headers}{(headers.Length > 0 ? "\r\n" : "")}\r\n{body}";

    /// <summary>The connection may be used again.</summary>
    public static Script Keep(string answer) => async wire =>
    {
        if (await wire.HeadAsync() is null)
        {
            return false;
        }

        await wire.SendAsync(answer);
        return true;
    };

    public static Script Fin(string answer) => After(async wire =>
    {
        await wire.SendAsync(answer);
        wire.Finish();
        await wire.DrainAsync();
    });

    public static Script Rst(string answer) => After(async wire =>
    {
        await wire.SendAsync(answer);
        wire.Reset();
    });

    /// <summary>Says no more, until the proxy hangs up.</summary>
    public static Script Hang(string answer) => After(async wire =>
    {
        await wire.SendAsync(answer);
        await wire.DrainAsync();
    });

    /// <summary>The same again and again, until the proxy hangs up.</summary>
    public static Script Endless(string start, string more) => After(async wire =>
    {
        await wire.SendAsync(start);
        while (true)
        {
            await wire.SendAsync(more);
            await Task.Delay(20);
        }
    });

    public static Script After(Func<Wire, Task> act) => async wire =>
    {
        if (await wire.HeadAsync() is not null)
        {
            await act(wire);
        }

        return false;
    };

    /// <summary>Before a word of the request was read.</summary>
    public static Script AtOnce(Action<Wire> act) => wire =>
    {
        act(wire);
        return Task.FromResult(false);
    };
}
