using System.Text.Json;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Admin;

/// <summary>A plan is shown to whoever may look; what lets somebody act is not in it, and is not lost when the plan comes back.</summary>
public sealed class PlanSecretsTests
{
    private const string Plan = """
        name: shop
        stable: shop-stable
        canary: shop-canary
        objectives:
          - { metric: success-rate, min: 99.5% }
          - { name: stock, web: "http://checks/stock?apikey=s3cret-a", headers: { Authorization: Bearer s3cret-b, Accept: application/json }, method: POST, body: '{"key":"s3cret-i"}', success: "result >= 1", interval: 1m }
          - { name: orders, query: up, address: "http://prometheus/?tenant=s3cret-c", max: 1, interval: 1m }
        rollback: { authority: [ oncall ], deadline: 5m, hooks: [ { url: "http://deployer/down?token=s3cret-d" } ] }
        hooks:
          - { when: step, name: smoke, url: "http://smoke/run?token=s3cret-e", metadata: { type: bash, api_token: s3cret-j } }
          - { when: event, name: log, url: "http://log/v2/smoke-tests/s3cret-k0123456789/in" }
        notifications:
          - { format: slack, url: "https://hooks.slack.com/services/T0/B0/s3cret-f" }
          - { format: slack, url: "https://hooks.slack.com/services/T0/B1/s3cret-g", severity: error }
          - { format: cloudevents, url: "http://events/in?sig=s3cret-h" }
        """;

    [Fact]
    public async Task Whoever_may_look_sees_which_host_is_called_and_no_secret()
    {
        await using var rig = await PlannedAsync();
        using var events = await rig.Client.GetAsync(
            "/api/events?rollout=shop", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var stream = new StreamReader(await events.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var told = "";
        while (!told.StartsWith("data: {\"status\"", StringComparison.Ordinal))
        {
            told = await stream.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new EndOfStreamException();
        }

        var seen = new List<string> { told };
        foreach (var path in new[] { "", "/shop", "/shop/history", "/shop/evidence" })
        {
            seen.Add((await rig.GetAsync("/api/rollouts" + path)).Text);
        }

        foreach (var form in new[] { "text/markdown", "text/html", "application/json" })
        {
            seen.Add((await rig.SendAsync("GET", "/api/rollouts/shop/plan", "", ("Accept", form))).Text);
        }

        Assert.All(seen, text => Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal));
        var plan = Shown(await rig.GetAsync());
        Assert.Matches(
            """https://hooks\.slack\.com/\*\*\*[0-9a-f]{4}"[^}]*}[^}]*https://hooks\.slack\.com/\*\*\*[0-9a-f]{4}"[^}]*}[^}]*http://events/in\?\*\*\*[0-9a-f]{4}""",
            plan);
        Assert.Contains("\"Accept\": \"application/json\"", plan, StringComparison.Ordinal);
        Assert.Contains("\"type\": \"bash\"", plan, StringComparison.Ordinal);
        Assert.Matches("""http://log/v2/smoke-tests/\*\*\*[0-9a-f]{4}/in""", plan);
    }

    [Fact]
    public async Task A_plan_that_comes_back_as_it_was_shown_keeps_its_secrets_whatever_else_changed()
    {
        await using var rig = await PlannedAsync();
        var before = PlanOf(rig);
        var changed = Shown(await rig.GetAsync()).Replace("99.5%", "99%", StringComparison.Ordinal);
        Assert.Equal(200, (await rig.SendAsync("PUT", "/api/rollouts/shop", changed)).Code);
        var after = PlanOf(rig);
        Assert.NotEqual(before.Objectives, after.Objectives);
        Assert.Equal(before.Notifications, after.Notifications);
        Assert.Equal(before.Checks, after.Checks);
        Assert.Equal(before.Hooks, after.Hooks);
        Assert.Equal(before.Rollback.Hooks, after.Rollback.Hooks);
        Assert.Contains("s3cret-g", after.Notifications[1].Url.AbsoluteUri, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hooks.slack.com", "https://elsewhere.example/***")]
    [InlineData("http://checks/", "header Authorization of http://elsewhere.example/")]
    public async Task A_secret_goes_to_no_other_address_than_the_one_it_was_shown_with(string address, string named)
    {
        await using var rig = await PlannedAsync();
        var before = PlanOf(rig);
        var moved = Shown(await rig.GetAsync()).Replace(
            address,
            address.StartsWith("http", StringComparison.Ordinal) ? "http://elsewhere.example/" : "elsewhere.example",
            StringComparison.Ordinal)
            .Replace("/stock?", "/stock#", StringComparison.Ordinal);
        var answer = await rig.SendAsync("PUT", "/api/rollouts/shop", moved);
        Assert.Equal(409, answer.Code);
        Assert.StartsWith(named, answer.Detail, StringComparison.Ordinal);
        Assert.EndsWith(
            "is shown without its secret, and the stored plan of 'shop' has none that looks like it. Write it in full.",
            answer.Detail,
            StringComparison.Ordinal);
        Assert.Equal(before, PlanOf(rig));
    }

    private static async Task<AdminRig> PlannedAsync()
    {
        var rig = await AdminRig.StartAsync();
        var answer = await rig.SendAsync("PUT", "/api/rollouts/shop", Plan);
        Assert.True(answer.Code == 200, answer.Text);
        return rig;
    }

    private static string Shown(Answer status) => JsonSerializer.Serialize(status.Json.GetProperty("plan"), Readable);

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static RolloutPlan PlanOf(AdminRig rig) => rig.ControlPlane.Board.TryGet("shop", out var live)
        ? live.Plan
        : throw new InvalidOperationException();
}
