using System.Text;
using Snapback.Proxy.Forwarding.Lean;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

public sealed class BodyReaderTests
{
    [Theory]
    [InlineData("X-More: a\r\n")]
    [InlineData(" folded\r\n")]
    [InlineData("Connection: a\r\n")]
    public void Trailers_without_end_are_refused_whatever_their_lines_are(string line)
    {
        var (head, reader) = (new ResponseHead(), new BodyReader());
        head.Read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8);
        reader.Begin(head, isHead: false);
        Read(reader, "0\r\nX-First: a\r\n");

        var refused = Assert.Throws<HttpRequestException>(() => Read(reader, string.Concat(Enumerable.Repeat(line, 1000))));
        Assert.Contains("trailer", refused.Message, StringComparison.Ordinal);
        Assert.InRange(reader.Trailers.Sum(trailer => trailer.Value.Length), 0, 1000);
    }

    private static void Read(BodyReader reader, string text)
    {
        var unread = Encoding.Latin1.GetBytes(text).AsSpan();
        while (!unread.IsEmpty)
        {
            unread = unread[reader.Step(unread, out _)..];
        }
    }
}
