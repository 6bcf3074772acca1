using System.Diagnostics;
using System.Text.Json;

namespace Snapback.Journeys.Checks;

/// <summary>The one-page plan, from a file and from the running proxy.</summary>
public sealed class PlanOnOnePage : Journey
{
    private const string Plan = """
        name: default
        objectives:
          - { metric: success-rate, min: 99.5% }
          - { metric: p95, max: 400ms }
          - { metric: p99, max: 900ms, interval: 1m }
          - name: errors
            query: sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) < 0.005
            max: 0.005
            interval: 1m
          - { burnRate: { objective: 99.9%, rules: [ { window: 1h, short: 5m, factor: 14.4 }, { window: 30m, relativeToStable: 10 } ] } }
        rollback: { authority: [ oncall ], deadline: 5m }
        owner: payments-team
        """;

    [Fact]
    public async Task It_is_shown_as_markdown_html_and_json_and_every_query_of_it_is_PromQL()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plan);
        var shown = await proxy.CliAsync("plan", "show", "default");
        var ofFile = await proxy.CliAsync("plan", "show", Folder.At("plan.yaml"));
        var admin = proxy.AdminUri.GetLeftPart(UriPartial.Authority);
        Assert.Equal((0, ofFile.Output), (shown.ExitCode, shown.Output));
        Assert.Contains(
            $"`snapback rollback default --admin {admin} --reason \"…\"`, or `curl -X POST {admin}/api/rollouts/default/rollback`",
            shown.Output,
            StringComparison.Ordinal);
        Assert.Contains($"| Last drill | never rehearsed: `snapback drill default --admin {admin}` |", shown.Output, StringComparison.Ordinal);

        var html = (await proxy.CliAsync("plan", "show", "default", "--html")).Output;
        Assert.Contains($"<code>snapback rollback default --admin {admin} --reason &quot;…&quot;</code>", html, StringComparison.Ordinal);
        Assert.Contains("status=~&quot;5..&quot;", html, StringComparison.Ordinal);

        using var json = JsonDocument.Parse((await proxy.CliAsync("plan", "show", "default", "--json")).Output);
        var queries = json.RootElement.GetProperty("metrics").EnumerateArray().Select(metric => metric.GetProperty("query").GetString()!).ToList();
        Assert.Equal(6, queries.Count);
        var alerts = queries.Select((query, i) => new { alert = $"Query{i}", expr = query });
        var groups = new[] { new { name = "plan", rules = alerts } };
        var rules = Folder.Write("rules.yml", JsonSerializer.Serialize(new { groups }));
        await using var promtool = Child.Start(new ProcessStartInfo("promtool", ["check", "rules", rules]));
        Assert.True(await promtool.ExitAsync() == 0, promtool.Output + promtool.Error);
    }

    [Fact]
    public async Task A_name_that_nobody_has_and_both_forms_at_once_are_said()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plan);

        Assert.Contains("There is no rollout 'nobody'", (await proxy.CliAsync("plan", "show", "nobody")).Error, StringComparison.Ordinal);
        Assert.Equal(64, (await proxy.CliAsync("plan", "show", "default", "--html", "--json")).ExitCode);
    }
}
