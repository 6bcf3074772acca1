using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;

namespace Snapback.Journeys;

/// <summary>A filter of the operator's own; the configuration names this assembly.</summary>
[FilterAlias("Journeys.Vip")]
public sealed class VipFilter : IContextualFeatureFilter<ITargetingContext>
{
    public Task<bool> EvaluateAsync(FeatureFilterEvaluationContext featureFilterContext, ITargetingContext appContext) =>
        Task.FromResult(appContext.UserId.StartsWith("vip-", StringComparison.Ordinal));
}

/// <summary>A segment as in docs/segments.md: who is eligible meets the canary, readers before writers, and nobody once it broke.</summary>
public sealed class EligibleUsersMeetTheCanary : Journey
{
    private const string Plan = """
        name: default
        sticky: { by: header:X-User }
        segment:
          all: [ { region: eu }, { flag: beta-users } ]
          never: [ { path: /admin/** } ]
          always: [ { cookie: tester, in: [ "1" ] } ]
        steps: [ { weight: 99.99%, hold: 1h, only: reads }, { weight: 100%, bake: 1h } ]
        objectives: [ { metric: success-rate, min: 99.5% } ]
        rollback: { authority: [ operator ], deadline: 5m }
        shield: off
        """;

    /// <summary>Alice and the staff, by the targeting filter of Microsoft.FeatureManagement.</summary>
    private const string Flags = """
        { "feature_management": { "feature_flags": [ { "id": "beta-users", "enabled": true, "conditions": { "client_filters": [
          { "name": "Microsoft.Targeting", "parameters": { "Audience": { "Users": [ "alice" ], "DefaultRolloutPercentage": 0 } } } ] } } ] } }
        """;

    [Fact]
    public async Task The_weight_is_among_the_eligible_readers_come_first_and_a_rollback_frees_them_all()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plan, "--config", Folder.Write("flags.json", Flags));
        Task<string> AskAsync(string line, string path = "/", string method = "GET") =>
            BodyAsync(proxy.Traffic, $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n{line}\r\n\r\n");

        Assert.Equal("stable", await AskAsync("X-User: alice\r\nX-Region: EU"));
        await proxy.PostAsync("start", new { version = "2" });
        Assert.Equal("canary", await AskAsync("X-User: alice\r\nX-Region: EU"));
        Assert.Equal("stable", await AskAsync("X-User: alice\r\nX-Region: us"));
        Assert.Equal("stable", await AskAsync("X-User: bob\r\nX-Region: eu"));
        Assert.Equal("stable", await AskAsync("X-User: alice\r\nX-Region: eu", "/admin/users"));
        Assert.Equal("stable", await AskAsync("X-User: alice\r\nX-Region: eu", "//admin/users"));
        Assert.Equal("stable", await AskAsync("X-User: alice\r\nX-Region: eu", method: "POST"));
        Assert.Equal("canary", await AskAsync("X-User: bob\r\nCookie: tester=1"));
        Assert.Equal("stable", await AskAsync("X-User: bob\r\nCookie: tester=1", "/admin/users"));

        await proxy.PostAsync("advance");
        Assert.Equal("canary", await AskAsync("X-User: alice\r\nX-Region: eu", method: "POST"));
        Assert.Equal("stable", await AskAsync("X-User: bob\r\nX-Region: eu"));

        canary.Behaviour = Behaviour.Error;
        for (var i = 0; i < 12 && !(await proxy.StatusAsync()).IsRolledBack; i++)
        {
            // Two witnesses: one user's failures count once in ten seconds.
            await AskAsync("X-User: alice\r\nX-Region: eu");
            await AskAsync($"X-User: tester-{i}\r\nCookie: tester=1");
        }

        Assert.True((await proxy.StatusAsync()).IsRolledBack);
        Assert.Equal("stable", await AskAsync("X-User: alice\r\nX-Region: EU"));
        Assert.Equal("stable", await AskAsync("X-User: bob\r\nCookie: tester=1"));
    }

    [Fact]
    public async Task A_filter_of_ones_own_says_who_is_eligible_and_one_that_is_not_there_keeps_it_from_starting()
    {
        string Configuration(string assembly) => Folder.Write("filters.json", $$"""
            { "Snapback": { "FeatureFilters": [ "{{assembly}}" ] },
              "feature_management": { "feature_flags": [
                { "id": "vips", "enabled": true, "conditions": { "client_filters": [ { "name": "Journeys.Vip" } ] } } ] } }
            """);
        var plan = Plans.AllAtOnce + "\nsticky: { by: header:X-User }\nsegment: { all: [ { flag: vips } ] }";
        var missing = await Cli.RunAsync(
            "serve", "--stable", "http://127.0.0.1:1", "--canary", "http://127.0.0.1:2",
            "--data", Folder.At("other"), "--config", Configuration("/nowhere/Ours.dll"));
        Assert.Equal(78, missing.ExitCode);
        Assert.Contains("Snapback:FeatureFilters:0: '/nowhere/Ours.dll' cannot be loaded", missing.Error, StringComparison.Ordinal);

        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, plan, "--config", Configuration(typeof(VipFilter).Assembly.Location));
        await proxy.PostAsync("start", new { version = "2" });
        Assert.Equal("canary", await BodyAsync(proxy.Traffic, "GET / HTTP/1.1\r\nHost: localhost\r\nX-User: vip-1\r\n\r\n"));
        Assert.Equal("stable", await BodyAsync(proxy.Traffic, "GET / HTTP/1.1\r\nHost: localhost\r\nX-User: joe\r\n\r\n"));
    }

    private static async Task<string> BodyAsync(Uri proxy, string request) => (await RawConnection.AskAsync(proxy, request)).Body;
}
