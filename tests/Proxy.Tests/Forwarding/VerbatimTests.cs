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
    [InlineData("?a=b?c=d")]
    [InlineData("a%20b;v=1/%e2%82%ac/(x)*'!$&,=:@~._-/?%C3%A9")]
    [InlineData(".well-known/..hidden/a.b/c..?x=/../y")]
    [InlineData(".well-known;a=..;b=./c;.;../d..;e/...;f")]
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
        await using var rig = await ForwardingRig.StartAsync(
            Play.Ok(
                "Connection: X-Mine, Set-Cookie\r\nX-Mine: 1\r\nSet-Cookie: a=b\r\nKeep-Alive: timeout=5\r\nContent-Length: 0"),
            Forwarding);
        var answer = await rig.AskAsync(
            "",
            "Connection: X-Hop , authorization, Cookie,X-Forwarded-For, x-snapback-seq\r\nX-Hop: 1\r\nX-End: 2\r\nAuthorization: Basic x\r\nCookie: a=b\r\nTE: gzip\r\nProxy-Connection: x\r\n");
        Assert.Equal((null, "2", "Basic x", "a=b"), (rig.Got("X-Hop"), rig.Got("X-End"), rig.Got("Authorization"), rig.Got("Cookie")));
        Assert.Equal(
            (null, null, "127.0.0.1", "1-1"),
            (rig.Got("TE"), rig.Got("Proxy-Connection"), rig.Got("X-Forwarded-For"), rig.Got("x-snapback-seq")));
        Assert.Equal((null, null, "a=b"), (Heard.Header(answer, "X-Mine"), Heard.Header(answer, "Keep-Alive"), Heard.Header(answer, "Set-Cookie")));
    }

    [Fact]
    public async Task Headers_that_browsers_live_on_pass_as_they_were_said()
    {
        await using var rig = await ForwardingRig.StartAsync(
            Play.Ok(
                "Strict-Transport-Security: max-age=1\r\nContent-Security-Policy:\r\nSet-Cookie: a=1\r\nset-cookie: b=2, c\r\nSet-Cookie:\r\nContent-Length: 0"),
            Forwarding);
        var answer = await rig.AskAsync();
        Assert.Equal("max-age=1", Heard.Header(answer, "Strict-Transport-Security"));
        Assert.Contains("\r\nContent-Security-Policy: \r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2, c\r\nSet-Cookie: \r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", null)]
    [InlineData("DELETE", null)]
    [InlineData("POST", "0")]
    [InlineData("PATCH", "0")]
    [InlineData("BREW", "0")]
    public async Task A_method_that_may_have_a_body_says_that_it_has_none(string method, string? length)
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding);
        await rig.AskAsync("", "", method);
        Assert.Equal(length, rig.Got("Content-Length"));
        await rig.AskAsync("", "Content-Length: 0\r\n", method);
        Assert.Equal("0", rig.Got("Content-Length"));
    }

    [Fact]
    public async Task A_client_of_HTTP_2_that_takes_trailers_is_one_to_the_arm()
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding, protocol: 2);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"http://127.0.0.1:{rig.Port}/case-0/")
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TE.ParseAdd("trailers");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("trailers", rig.Got("TE"));
    }

    [Fact]
    public async Task What_is_said_twice_is_one_list()
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding);
        await rig.AskAsync("", "X-A: 1\r\nUser-Agent: a\r\nCookie: a=1\r\nX-A: 2\r\nUser-Agent: b\r\nCookie: b=2\r\n");
        Assert.Equal(("1, 2", "a b", "a=1; b=2"), (rig.Got("X-A"), rig.Got("User-Agent"), rig.Got("Cookie")));
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
        await rig.AskAsync(
            "",
            "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Client-Cert: x\r\nX_Forwarded_For: 6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n");
        Assert.Equal(("127.0.0.1", "http", "shop.example"), (rig.Got("X-Forwarded-For"), rig.Got("X-Forwarded-Proto"), rig.Got("X-Forwarded-Host")));
        Assert.DoesNotContain("6.6.6.6", rig.LastHead, StringComparison.Ordinal);
        Assert.Null(rig.Got("X-Forwarded-Client-Cert"));
    }

    [Fact]
    public async Task A_trusted_proxy_is_believed_back_to_the_first_that_is_not()
    {
        await using var rig = await ForwardingRig.StartAsync(
            settings: Forwarding with { TrustedProxies = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8")] });
        await rig.AskAsync(
            "",
            "X-Forwarded-For: 6.6.6.6, 9.9.9.9, 10.1.2.3\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\nX-Forwarded-Client-Cert: x\r\nX-Real-IP: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\n");
        Assert.Equal(
            ("9.9.9.9", "https", "x", "9.9.9.9"),
            (rig.Got("X-Forwarded-For"), rig.Got("X-Forwarded-Proto"), rig.Got("X-Forwarded-Client-Cert"), rig.Got("X-Real-IP")));
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
    [InlineData("a/..;/other", "segment")]
    [InlineData("a/..;x=1/other", "segment")]
    [InlineData("a/%2e%2e;x/other", "segment")]
    [InlineData("a/.;", "segment")]
    [InlineData("a%2fb", "encoded slash")]
    [InlineData("a%5Cb", "encoded slash")]
    [InlineData("a\\b", "'\\\\'")]
    [InlineData("a#b", "'#', at which some servers end it. Write %23.")]
    [InlineData("a?b#c", "'#'")]
    [InlineData("a\tb", "0x09, at which some servers end it. Write %09.")]
    [InlineData("a\rb", "0x0D")]
    [InlineData("a?b\rc", "0x0D")]
    [InlineData("a\u007fb", "0x7F")]
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

    [Theory]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a:65536")]
    [InlineData("a!b")]
    [InlineData("[1.2.3.4]")]
    [InlineData("xn--")]
    [InlineData("a.xn--0.b")]
    public async Task A_host_that_is_none_is_refused(string host)
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding, keepsHost: true);
        Assert.StartsWith("HTTP/1.1 400 ", await rig.AskAsync(host: host), StringComparison.Ordinal);
        Assert.Null(rig.LastHead);
    }

    [Theory]
    [InlineData("a.")]
    [InlineData("a_b:0")]
    [InlineData("preview-1--shop.example:65535")]
    [InlineData("xn--bcher-kva.example")]
    [InlineData("[::1]:80")]
    [InlineData("1.2.3.999")]
    public async Task A_host_reaches_the_arm_once(string host)
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding, keepsHost: true);
        Assert.StartsWith("HTTP/1.1 200 OK", await rig.AskAsync(host: host), StringComparison.Ordinal);
        Assert.Equal((host, 2), (rig.Got("Host"), rig.LastHead!.Split("\r\nHost: ").Length));
    }

    [Fact]
    public async Task An_empty_host_is_none_and_the_arm_hears_its_own()
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding, keepsHost: true);
        Assert.StartsWith("HTTP/1.1 200 OK", await rig.AskAsync(host: ""), StringComparison.Ordinal);
        Assert.Equal((null, 2), (rig.Got("X-Forwarded-Host"), rig.LastHead!.Split("\r\nHost: ").Length));
        Assert.StartsWith("127.0.0.1:", rig.Got("Host"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_none_is_refused_from_a_trusted_proxy_too()
    {
        await using var rig = await ForwardingRig.StartAsync(
            settings: Forwarding with { TrustedProxies = [IPNetwork.Parse("127.0.0.0/8")] }, keepsHost: true);
        Assert.StartsWith(
            "HTTP/1.1 400 ",
            await rig.AskAsync("", "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Host: xn--\r\n"),
            StringComparison.Ordinal);
        Assert.Null(rig.LastHead);
    }

    [Fact]
    public async Task A_length_and_chunks_together_are_refused_and_the_connection_ends()
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding);
        var answer = await rig.AskAsync("", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "POST");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Equal(("close", null), (Heard.Header(answer, "Connection"), rig.LastHead));
    }

    [Theory]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n", "501")]
    [InlineData("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "501")]
    [InlineData("Transfer-Encoding: Chunked\r\n", "200")]
    public async Task A_coding_of_which_the_arm_would_not_hear_is_refused(string header, string status)
    {
        await using var rig = await ForwardingRig.StartAsync(settings: Forwarding);
        Assert.StartsWith($"HTTP/1.1 {status} ", await rig.AskAsync("", $"{header}\r\n0\r\n", "POST"), StringComparison.Ordinal);
        Assert.Equal(status == "200", rig.LastHead is not null);
    }
}

/// <summary>The same by the lean forwarder.</summary>
public sealed class LeanVerbatimTests : VerbatimTests
{
    private protected override ForwardingSettings Forwarding => Forwarders.Lean;
}
