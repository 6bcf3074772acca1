using System.Net;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Tests.Faults;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>What passes as it is, and what does not, over raw sockets.</summary>
public class VerbatimTests
{
    private protected virtual ForwardingSettings Forwarding => Forwarders.Default;

    [Theory]
    [InlineData("?a=<b>&c=%zz")]
    [InlineData("?sig=a+b%2Bc%2f%5c&q=\"{}|^`'")]
    [InlineData("?")]
    [InlineData("?a=b?c=d#e")]
    [InlineData("a%20b;v=1/%e2%82%ac/(x)*'!$&,=:@~._-/?%C3%A9")]
    [InlineData(".well-known/..hidden/a.b/c..?x=/../y")]
    [InlineData("a//b//")]
    public async Task A_target_passes_byte_by_byte(string target)
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding);
        Assert.StartsWith("HTTP/1.1 200 OK", await rig.AskAsync(target), StringComparison.Ordinal);
        Assert.StartsWith($"GET /case-0/{target} HTTP/1.1\r\n", rig.LastHead, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_bytes_pass_as_Latin_1_both_ways()
    {
        var bytes = new string([.. Enumerable.Range(0x80, 0x80).Select(i => (char)i)]);
        await using var rig = await ForwardingRig.StartAsync(Play.Ok($"X-B: {bytes}\r\nContent-Length: 0"), Forwarding);
        var answer = await rig.AskAsync("", $"X-A: {bytes}\r\nCookie: name={bytes[..9]}\r\n");
        Assert.Equal((bytes, $"name={bytes[..9]}", bytes), (rig.Got("X-A"), rig.Got("Cookie"), Heard.Header(answer, "X-B")));
    }

    [Fact]
    public async Task Headers_of_this_hop_end_here_and_what_nobody_may_nominate_goes_on()
    {
        await using var rig = await ForwardingRig.StartAsync(Play.Ok("Connection: X-Mine, Set-Cookie\r\nX-Mine: 1\r\nSet-Cookie: a=b\r\nKeep-Alive: timeout=5\r\nContent-Length: 0"), Forwarding);
        var answer = await rig.AskAsync("", "Connection: X-Hop , authorization, Cookie,X-Forwarded-For, x-snapback-seq\r\nX-Hop: 1\r\nX-End: 2\r\nAuthorization: Basic x\r\nCookie: a=b\r\nTE: gzip\r\nProxy-Connection: x\r\n");
        Assert.Equal((null, "2", "Basic x", "a=b"), (rig.Got("X-Hop"), rig.Got("X-End"), rig.Got("Authorization"), rig.Got("Cookie")));
        Assert.Equal((null, null, "127.0.0.1", "1-1"), (rig.Got("TE"), rig.Got("Proxy-Connection"), rig.Got("X-Forwarded-For"), rig.Got("x-snapback-seq")));
        Assert.Equal((null, null, "a=b"), (Heard.Header(answer, "X-Mine"), Heard.Header(answer, "Keep-Alive"), Heard.Header(answer, "Set-Cookie")));
    }

    [Theory]
    [InlineData("200 \u0001<script>", "HTTP/1.1 200 OK")]
    [InlineData("404 Nope", "HTTP/1.1 404 Not Found")]
    [InlineData("418 short and stout", "HTTP/1.1 418 I'm a teapot")]
    [InlineData("299 Custom", "HTTP/1.1 299 ")]
    public async Task The_reason_is_the_statuss_own(string line, string expected)
    {
        await using var rig = await ForwardingRig.StartAsync(Play.Status(line, "Content-Length: 0"), Forwarding);
        Assert.StartsWith(expected + "\r\n", await rig.AskAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_not_trusted_cannot_say_whom_it_speaks_for()
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding);
        await rig.AskAsync("", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Client-Cert: x\r\nX_Forwarded_For: 6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n");
        Assert.Equal(("127.0.0.1", "http", "shop.example"), (rig.Got("X-Forwarded-For"), rig.Got("X-Forwarded-Proto"), rig.Got("X-Forwarded-Host")));
        Assert.DoesNotContain("6.6.6.6", rig.LastHead, StringComparison.Ordinal);
        Assert.Null(rig.Got("X-Forwarded-Client-Cert"));
    }

    [Fact]
    public async Task A_trusted_proxy_is_believed_back_to_the_first_that_is_not()
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding with { TrustedProxies = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8")] });
        await rig.AskAsync("", "X-Forwarded-For: 6.6.6.6, 9.9.9.9, 10.1.2.3\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\nX-Forwarded-Client-Cert: x\r\nX-Real-IP: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\n");
        Assert.Equal(("9.9.9.9", "https", "x", "9.9.9.9"), (rig.Got("X-Forwarded-For"), rig.Got("X-Forwarded-Proto"), rig.Got("X-Forwarded-Client-Cert"), rig.Got("X-Real-IP")));
        Assert.Null(rig.Got("Forwarded"));
    }

    [Theory]
    [InlineData("X_Snapback_Seq")]
    [InlineData("x-snapback_seq")]
    [InlineData("X_SNAPBACK-SEQ")]
    public async Task A_twin_of_our_own_header_reaches_nobody(string twin)
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding);
        await rig.AskAsync("", $"{twin}: 9-9\r\nX_Other_Name: 1\r\n");
        Assert.Equal((null, "1", "1-1"), (rig.Got(twin), rig.Got("X_Other_Name"), rig.Got("x-snapback-seq")));
    }

    [Theory]
    [InlineData("../other", "segment")]
    [InlineData("./", "segment")]
    [InlineData("%2e%2E/other", "segment")]
    [InlineData("a/.%2e/b?c", "segment")]
    [InlineData("a/..", "segment")]
    [InlineData("a%2fb", "encoded slash")]
    [InlineData("a%5Cb", "encoded slash")]
    [InlineData("a\\b", "'\\\\'")]
    public async Task A_path_that_could_be_read_in_two_ways_is_refused(string target, string why)
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding);
        using var wire = await Wire.OpenAsync(rig.Port);
        await wire.SendAsync($"GET /case-0/{target} HTTP/1.1\r\nHost: a\r\n\r\n");
        var (text, _) = await wire.ListenAsync(text => text.Contains('}', StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 400 ", text, StringComparison.Ordinal);
        Assert.Contains(why, text, StringComparison.Ordinal);
        Assert.Null(rig.LastHead);
    }

    [Theory]
    [InlineData("a%2fb", 200)]
    [InlineData("a%2f..%2fb", 400)]
    [InlineData("a%5c%2e%2e", 400)]
    public async Task Encoded_slashes_pass_where_the_setting_says_so_but_for_dots_between_them(string target, int status)
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding with { PassEncodedSlashes = true });
        Assert.StartsWith($"HTTP/1.1 {status} ", await rig.AskAsync(target), StringComparison.Ordinal);
        Assert.Equal(status == 200, rig.LastHead?.StartsWith($"GET /case-0/{target} ", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task A_length_and_chunks_together_are_refused_and_the_connection_ends()
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding);
        var answer = await rig.AskAsync("", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "POST");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Equal(("close", null), (Heard.Header(answer, "Connection"), rig.LastHead));
    }
}

/// <summary>The same by the lean forwarder.</summary>
public sealed class LeanVerbatimTests : VerbatimTests
{
    private protected override ForwardingSettings Forwarding => Forwarders.Lean;
}
