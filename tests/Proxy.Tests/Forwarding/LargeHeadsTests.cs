using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Http;
using Snapback.Proxy.Forwarding.Lean;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>What an arm can make the lean forwarder spend on its heads, of which each may have 64 KB.</summary>
public sealed class LargeHeadsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("1")]
    public void A_name_that_comes_by_the_thousand_costs_what_its_lines_cost(string value)
    {
        const int lines = 10_000;
        var (head, response) = (Read($"HTTP/1.1 200 OK\r\n{string.Concat(Enumerable.Repeat($"a:{value}\r\nb:x\r\n", lines / 2))}\r\n"), Response());
        var before = GC.GetAllocatedBytesForCurrentThread();
        AnswerWriter.Copy(head, response);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, lines * 100);
        Assert.Equal(Enumerable.Repeat(value, lines / 2), response.Headers["a"].ToArray());
        Assert.Equal(Enumerable.Repeat("x", lines / 2), response.Headers["B"].ToArray());
    }

    [Fact]
    public void A_header_that_is_folded_a_thousand_times_costs_what_its_lines_cost()
    {
        const int lines = 10_000;
        var head = new ResponseHead();
        var text = Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\na: b\r\n{string.Concat(Enumerable.Repeat(" c\r\n", lines))}\r\n");
        var before = GC.GetAllocatedBytesForCurrentThread();
        head.Read(text);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, lines * 100);
        Assert.Equal((1, lines), (head.Count, head[0].Value.Count(letter => letter == 'c')));
    }

    [Fact]
    public void Values_of_one_name_stay_in_their_order()
    {
        var values = Enumerable.Range(0, 100).Select(i => $"{i}").ToArray();
        var response = Response();
        AnswerWriter.Copy(Read($"HTTP/1.1 200 OK\r\n{string.Concat(values.Select((value, i) => $"{"aA"[i % 2]}: {value}\r\n"))}\r\n"), response);

        Assert.Equal(values, response.Headers["a"].ToArray());
    }

    [Theory]
    [InlineData("a: b\r\n", 3, true)]
    [InlineData("a: b\r\n", 100, false)]
    [InlineData("a: 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\r\n", 50, false)]
    public void A_connection_at_rest_keeps_the_lines_of_an_ordinary_head_alone(string line, int times, bool kept)
    {
        var text = $"HTTP/1.1 200 OK\r\n{string.Concat(Enumerable.Repeat(line, times))}\r\n";
        var head = Read(text);
        var first = First(head);
        head.Forget();
        GC.Collect();

        Assert.Equal(kept, first.IsAlive);
        head.Read(Encoding.Latin1.GetBytes(text));
        Assert.Equal(times, head.Count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference First(ResponseHead head) => new(head[0]);

    private static ResponseHead Read(string text)
    {
        var head = new ResponseHead();
        head.Read(Encoding.Latin1.GetBytes(text));
        return head;
    }

    private static HttpResponse Response() => new DefaultHttpContext().Response;
}
