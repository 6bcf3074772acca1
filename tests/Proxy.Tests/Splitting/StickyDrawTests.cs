using System.Net;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Splitting;
using Xunit;

namespace Snapback.Proxy.Tests.Splitting;

/// <summary>Who is drawn how: the same user the same, everywhere and for ever.</summary>
public sealed class StickyDrawTests
{
    private static readonly RolloutPlan Plan = DefaultPlan.For("shop", "a", "b");

    private static readonly Gen<string> Key = Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Char), 0, 700];

    /// <summary>These values are kept for ever: a change reshuffles every user of every rollout that is under way.</summary>
    [Theory]
    [InlineData("shop", "", 6988)]
    [InlineData("shop", "a", 5907)]
    [InlineData("shop", "alice", 9646)]
    [InlineData("shop", "bob@example.org", 3154)]
    [InlineData("shop", "ünïcödé", 652)]
    [InlineData("payments", "alice", 6959)]
    [InlineData("payments", "bob@example.org", 8113)]
    [InlineData("payments", "0f8fad5b-d9cb-469f-a165-70867728950e", 8604)]
    public void The_function_is_what_it_always_was(string rollout, string key, int draw) =>
        Assert.Equal(draw, new StickyDraw(DefaultPlan.For(rollout, "a", "b")).OfKey(key));

    [Fact]
    public void The_same_key_has_the_same_number_in_range_on_every_replica() => Key.Sample(key =>
    {
        var draw = new StickyDraw(Plan).OfKey(key);
        return draw is >= 0 and < Weight.Whole && draw == new StickyDraw(Plan with { Steps = [Plan.Steps[^1]] }).OfKey(key);
    });

    [Fact]
    public void A_growing_weight_only_ever_adds_users() => Gen.Select(Key, Gen.Int[0, Weight.Whole], Gen.Int[0, Weight.Whole]).Sample((key, a, b) =>
    {
        var draw = new StickyDraw(Plan).OfKey(key);
        return draw >= Math.Min(a, b) || draw < Math.Max(a, b);
    });

    [Fact]
    public void Rollouts_draw_independently_of_each_other()
    {
        var (one, other) = (new StickyDraw(Plan), new StickyDraw(Plan with { Name = "payments" }));
        var both = Enumerable.Range(0, 100_000).Count(i => one.OfKey($"user-{i}") < 1000 && other.OfKey($"user-{i}") < 1000);

        // A tenth of a tenth, within 3.29 standard deviations.
        Assert.InRange(both, 1000 - 104, 1000 + 104);
    }

    [Theory]
    [InlineData("shop")]
    [InlineData("payments")]
    [InlineData("a-rollout-with-a-longer-name")]
    public void A_hundred_thousand_keys_are_spread_evenly(string rollout)
    {
        const int keys = 100_000;
        var draw = new StickyDraw(Plan with { Name = rollout });
        var counts = new int[100];
        for (var i = 0; i < keys; i++)
        {
            counts[draw.OfKey($"session-{i}") / 100]++;
        }

        // χ² with 99 degrees of freedom is below 148.2 in 99.9 % of all cases.
        Assert.InRange(counts.Sum(count => Math.Pow(count - (keys / 100), 2) / (keys / 100)), 0, 148.2);
    }

    [Fact]
    public void A_header_bomb_is_hashed_no_further_than_its_start()
    {
        var draw = new StickyDraw(Plan);
        var start = new string('€', 512);
        Assert.Equal(draw.OfKey(start), draw.OfKey(start + new string('x', 100_000)));
        Assert.NotEqual(draw.OfKey(start), draw.OfKey(start.AsSpan(0, 511)));
    }

    [Fact]
    public void Sources_are_asked_in_order_and_an_empty_one_is_passed_over()
    {
        var draw = Draw(Cookie("sid"), Header("X-User"), Ip);
        var key = new StickyDraw(Plan);
        Assert.Equal(key.OfKey("c"), draw.Of(Request(cookies: ["sid=c"], user: "u", ip: "10.0.0.1"), true, out _));
        Assert.Equal(key.OfKey("u"), draw.Of(Request(cookies: ["other=c"], user: "u", ip: "10.0.0.1"), true, out _));
        Assert.Equal(key.OfKey("u"), draw.Of(Request(cookies: ["sid="], user: "u", ip: "10.0.0.1"), true, out _));
        var byIp = Draw(Ip).Of(Request(ip: "10.0.0.1"), true, out _);
        Assert.Equal(byIp, draw.Of(Request(cookies: ["x"], user: "", ip: "10.0.0.1"), true, out _));
        Assert.Equal(key.OfKey("c"), draw.Of(Request(cookies: ["a=b", "sid=c"], user: "u"), true, out _));
    }

    [Fact]
    public void An_address_is_the_same_user_over_both_protocols()
    {
        var draw = Draw(Ip);
        Assert.Equal(draw.Of(Request(ip: "10.1.2.3"), true, out var _), draw.Of(Request(ip: "::ffff:10.1.2.3"), true, out _));
        Assert.NotEqual(draw.Of(Request(ip: "10.1.2.3"), true, out var _), draw.Of(Request(ip: "10.1.2.4"), true, out _));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Without_a_key_or_with_the_switch_off_it_is_random(bool sticky, bool keyed)
    {
        var draw = Draw(Cookie("sid"));
        var request = Request(cookies: keyed ? ["sid=c"] : []);
        var draws = Enumerable.Range(0, 2000).Select(_ => draw.Of(request, sticky, out var _)).ToArray();
        Assert.True(draws.Distinct().Count() > 1500);
        Assert.All(draws, value => Assert.InRange(value, 0, Weight.Whole - 1));
    }

    private static StickyKey Ip => new(StickySource.Ip, "");

    private static StickyKey Cookie(string name) => new(StickySource.Cookie, name);

    private static StickyKey Header(string name) => new(StickySource.Header, name);

    private static StickyDraw Draw(params StickyKey[] keys) => new(Plan with { Sticky = [.. keys] });

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
