using System.Net;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Signing;
using Snapback.Proxy.Splitting;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Splitting;

/// <summary>Where a request's user is looked for; which number a user has is <c>UserBucketTests</c>.</summary>
public sealed class StickyDrawTests : IDisposable
{
    private static readonly RolloutPlan Plan = DefaultPlan.For("shop", "a", "b");

    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;

    [Fact]
    public void Sources_are_asked_in_order_and_an_empty_one_is_passed_over()
    {
        var draw = Draw(Cookie("sid"), Header("X-User"), Ip);
        Assert.Equal(Bucket("c"), draw(Request(cookies: ["sid=c"], user: "u", ip: "10.0.0.1")));
        Assert.Equal(Bucket("u"), draw(Request(cookies: ["other=c"], user: "u", ip: "10.0.0.1")));
        Assert.Equal(Bucket("u"), draw(Request(cookies: ["sid="], user: "u", ip: "10.0.0.1")));
        var byIp = Draw(Ip)(Request(ip: "10.0.0.1"));
        Assert.Equal(byIp, draw(Request(cookies: ["x"], user: "", ip: "10.0.0.1")));
        Assert.Equal(Bucket("c"), draw(Request(cookies: ["a=b", "sid=c"], user: "u")));
    }

    [Fact]
    public void Of_a_header_or_a_cookie_that_is_there_twice_the_first_that_is_not_empty_counts()
    {
        var draw = Draw(Cookie("sid"), Header("X-User"));
        Assert.Equal(Bucket("c"), draw(Request(cookies: ["sid=; sid=c; sid=d"])));
        Assert.Equal(Bucket("c"), draw(Request(cookies: ["sid=", "sid=c"])));
        var twice = Request(user: "");
        twice.Request.Headers["X-User"] = new(["", "ann", "bob"]);
        Assert.Equal(Bucket("ann"), draw(twice));
    }

    [Fact]
    public void A_claim_is_a_key_only_of_a_caller_who_has_it()
    {
        var draw = Draw(new StickyKey(StickySource.Claim, "sub"), Header("X-User"));
        var known = Request(user: "u");
        known.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim("sub", "alice")], "test"));
        Assert.Equal(Bucket("alice"), draw(known));
        Assert.Equal(Bucket("u"), draw(Request(user: "u")));
    }

    [Fact]
    public void An_address_is_the_same_user_over_both_protocols()
    {
        var draw = Draw(Ip);
        Assert.Equal(draw(Request(ip: "10.1.2.3")), draw(Request(ip: "::ffff:10.1.2.3")));
        Assert.NotEqual(draw(Request(ip: "10.1.2.3")), draw(Request(ip: "10.1.2.4")));
    }

    [Fact]
    public void Without_a_key_it_is_random()
    {
        var draw = Draw(Cookie("sid"));
        var draws = Enumerable.Range(0, 2000).Select(_ => draw(Request())).ToArray();
        Assert.True(draws.Distinct().Count() > 1500);
        Assert.All(draws, value => Assert.InRange(value, 0, Weight.Whole - 1));
    }

    [Theory]
    [InlineData("müller")]
    [InlineData("山田太郎")]
    [InlineData("😀")]
    public void A_name_that_is_not_ascii_has_the_number_of_the_text_that_the_client_sent_as_utf8(string name)
    {
        var wire = OnTheWire(name);
        Assert.Equal(Bucket(name), Draw(Header("X-User"))(Request(user: wire)));
        Assert.Equal(Bucket(name), Draw(Cookie("sid"))(Request(cookies: [$"a=b; sid={wire}"])));
    }

    [Theory]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(9000)]
    public void Of_a_long_name_the_same_start_counts_however_many_bytes_it_took(int ascii)
    {
        foreach (var name in new[] { new string('a', ascii) + "😀é", new string('é', ascii), "é" + new string('a', ascii), new string('山', ascii) })
        {
            Assert.Equal(Bucket(name), Draw(Header("X-User"))(Request(user: OnTheWire(name))));
        }
    }

    [Fact]
    public void Bytes_that_are_no_utf8_name_a_user_of_their_own()
    {
        var draw = Draw(Header("X-User"));
        Assert.Equal(Bucket("m\u00fcller"), draw(Request(user: "m\u00fcller")));
        Assert.Equal(Bucket("\u00fc" + new string('a', 2000)), draw(Request(user: "\u00fc" + new string('a', 2000))));
        Assert.NotEqual(draw(Request(user: "m\u00fcller")), draw(Request(user: "m\u00f6ller")));
    }

    [Fact]
    public async Task A_users_arm_is_the_one_that_the_documented_number_says_whatever_their_name_is_written_in()
    {
        var plan = ProxyRig.Plan with { Sticky = [Cookie("sid"), Header("X-User")], Judge = JudgeTerms.Default with { Admission = null } };
        await using var rig = await ProxyRig.StartAsync(weight: 5000, plan: plan);
        using var client = new HttpClient(
            new SocketsHttpHandler { UseProxy = false, UseCookies = false, RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8 })
        {
            BaseAddress = rig.Address,
        };
        var bucket = new UserBucket(plan);
        for (var user = 0; user < 40; user++)
        {
            var name = $"Zoë-山田-{user}";
            using var request = new HttpRequestMessage(HttpMethod.Get, "/");
            request.Headers.TryAddWithoutValidation(user % 2 == 0 ? "X-User" : "Cookie", user % 2 == 0 ? name : $"sid={name}");
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(
                bucket.Of(name, out _) < 5000 ? "canary" : "stable",
                await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>As it is in the proxy: a character for each byte.</summary>
    internal static string OnTheWire(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static StickyKey Ip => new(StickySource.Ip, "");

    private static StickyKey Cookie(string name) => new(StickySource.Cookie, name);

    private static StickyKey Header(string name) => new(StickySource.Header, name);

    private static int Bucket(string key) => new UserBucket(Plan).Of(key, out _);

    private Func<HttpContext, int> Draw(params StickyKey[] keys)
    {
        var plan = Plan with { Sticky = [.. keys] };
        var live = new LiveRollout(plan, RolloutStatus.New("shop", default), "r1", new RolloutSwitches(), TimeProvider.System, _ => { });
        var ring = KeyRing.Open(Path.Combine(_directory, KeyRing.FileName), NullLogger<KeyRing>.Instance);
        var draw = new StickyDraw(plan, ring, TimeProvider.System);
        return context => draw.Of(context, live.Generation, out _);
    }

    private static DefaultHttpContext Request(string[]? cookies = null, string? user = null, string? ip = null)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Cookie = cookies ?? [];
        context.Connection.RemoteIpAddress = ip is null ? null : IPAddress.Parse(ip);
        if (user is not null)
        {
            context.Request.Headers["X-User"] = user;
        }

        return context;
    }
}
