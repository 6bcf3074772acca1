using System.Globalization;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Splitting;

/// <summary>Snapback's own cookie over real sockets: who gets one, what it does, and what a forged or an old one does not.</summary>
public sealed class StickyCookieTests
{
    private const string Name = "snapback-shop";

    private static readonly RolloutPlan Plan = ProxyRig.Plan with
    {
        Sticky = [new StickyKey(StickySource.SignedCookie, "")],
        Judge = JudgeTerms.Default with { Admission = null },
    };

    [Fact]
    public async Task Whoever_has_none_gets_one_that_no_script_reads_and_keeps_the_arm()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 5000, plan: Plan);
        var arms = new HashSet<string>();
        for (var user = 0; user < 20; user++)
        {
            var (arm, cookie) = await FirstAsync(rig);
            Assert.EndsWith("; max-age=2592000; path=/; samesite=lax; httponly", cookie, StringComparison.Ordinal);
            var (again, another) = await AskAsync(rig, Value(cookie!));
            Assert.Equal((arm, null), (again, another));
            arms.Add(arm);
        }

        Assert.Equal(["canary", "stable"], arms.Order());
    }

    [Fact]
    public async Task As_the_weight_grows_nobody_moves_back_and_a_rollback_frees_all()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 1000, plan: Plan);
        // A set: of 60 random places in 10,000 two are the same in one run of six.
        var users = new HashSet<string>();
        for (var user = 0; user < 60; user++)
        {
            users.Add(Value((await FirstAsync(rig)).Cookie!));
        }

        HashSet<string> before = [];
        foreach (var weight in new[] { 1000, 2500, 6000, 10_000 })
        {
            await rig.DoAsync(new RolloutCommand.SetWeight(new Weight(weight), null, "ann"));
            HashSet<string> now = [.. await OnCanaryAsync(rig, users)];
            Assert.Superset(before, now);
            before = now;
        }

        Assert.Equal(users.Count, before.Count);
        await rig.Commands.RollBackAsync("shop", Authority.Operator, "ann", "operator", null);
        Assert.Empty(await OnCanaryAsync(rig, users));
    }

    [Fact]
    public async Task An_old_cookie_says_nothing_in_the_generation_after_a_rollback()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 100, plan: Plan);
        string cookie;
        do
        {
            cookie = Value((await FirstAsync(rig)).Cookie!);
        }
        while (Draw(cookie) >= 100);

        await rig.Commands.RollBackAsync("shop", Authority.Operator, "ann", "operator", null);
        Assert.Equal(("stable", null), await AskAsync(rig, cookie));
        await rig.DoAsync(new RolloutCommand.SetWeight(new Weight(1), "v2", "ann"));
        var (arm, another) = await AskAsync(rig, cookie);
        Assert.Equal("stable", arm);
        Assert.NotNull(another);
    }

    [Fact]
    public async Task A_forged_cookie_is_none_and_no_error()
    {
        // At weight 1 a draw that was believed would be seen: a random one reaches the canary once in 10,000.
        await using var rig = await ProxyRig.StartAsync(weight: 1, plan: Plan);
        var good = Value((await FirstAsync(rig)).Cookie!);
        var parts = good.Split('.');
        foreach (var forged in new[]
        {
            string.Join('.', parts[0], parts[1], "0", parts[3], parts[4]), $"{parts[0]}.1.0.99999999999.", $".1.0.99999999999.{parts[4]}",
            "x", "", "....", new string('a', 4000), $"{good}x", good[..^1], $"other.{good}",
        })
        {
            var (arm, cookie) = await AskAsync(rig, forged);
            Assert.Equal("stable", arm);
            Assert.NotNull(cookie);
        }
    }

    [Fact]
    public async Task A_forged_cookie_of_a_sibling_domain_does_not_hide_the_good_one_behind_it()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 5000, plan: Plan);
        var (arm, cookie) = await FirstAsync(rig);
        Assert.Equal((arm, null), await AskAsync(rig, $"x; {Name}={Value(cookie!)}"));
    }

    [Fact]
    public async Task An_answer_that_caches_share_carries_no_cookie()
    {
        await using var rig = await ProxyRig.StartAsync(weight: 0, plan: Plan);
        rig.Stable.Handle = context =>
        {
            context.Response.Headers.CacheControl = context.Request.Path == "/public" ? "public, max-age=60" : "max-age=60";
            context.Response.Headers.SetCookie = "theirs=1";
            return Task.CompletedTask;
        };
        Assert.Equal(["theirs=1"], await CookiesAsync(rig, "/public"));
        Assert.Equal(
            ["theirs=1", Name],
            (await CookiesAsync(rig, "/private"))
                .Select(cookie => cookie.Split("=")[0] == Name ? Name : cookie)
                .Order()
                .Reverse());
    }

    internal static async Task<(string Arm, string? Cookie)> FirstAsync(ProxyRig rig) => await AskAsync(rig, null);

    private static async Task<IEnumerable<string>> OnCanaryAsync(ProxyRig rig, IEnumerable<string> users)
    {
        var there = new List<string>();
        foreach (var user in users)
        {
            if ((await AskAsync(rig, user)).Arm == "canary")
            {
                there.Add(user);
            }
        }

        return there;
    }

    private static async Task<(string Arm, string? Cookie)> AskAsync(ProxyRig rig, string? cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        if (cookie is not null)
        {
            request.Headers.TryAddWithoutValidation("Cookie", $"a=b; {Name}={cookie}");
        }

        using var response = await rig.Client.SendAsync(request);
        Assert.Equal(200, (int)response.StatusCode);
        return (await response.Content.ReadAsStringAsync(), response.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.Single() : null);
    }

    private static async Task<IEnumerable<string>> CookiesAsync(ProxyRig rig, string path)
    {
        using var response = await rig.Client.GetAsync(path);
        return [.. response.Headers.GetValues("Set-Cookie")];
    }

    private static string Value(string cookie) => cookie[(Name.Length + 1)..cookie.IndexOf(';')];

    private static int Draw(string value) => int.Parse(value.Split('.')[2], CultureInfo.InvariantCulture);
}
