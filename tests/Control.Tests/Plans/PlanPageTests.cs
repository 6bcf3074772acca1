using Snapback.Control.Plans;
using Xunit;

namespace Snapback.Control.Tests.Plans;

/// <summary>Whatever can hold a rollout or end it stands on its page.</summary>
public sealed class PlanPageTests
{
    private const string Plan = """
        name: shop
        stable: a
        canary: b
        objectives: [ { metric: success-rate, min: 99% } ]
        rollback: { authority: [ ann ], deadline: 5m, hooks: [ { name: scale-down, url: "http://127.0.0.1:7001/" } ] }
        """;

    private const string Trigger = "success rate below 99%; more than 2× stable's failure rate";

    [Theory]
    [InlineData("{ name: smoke, when: step, url: 'http://127.0.0.1:7000/' }", "smoke (step)", "; hook smoke says no")]
    [InlineData("{ name: warm, when: pre-rollout, url: 'http://127.0.0.1:7000/', onDown: rollback }", "warm (pre-rollout)", "; hook warm says no, or is down")]
    [InlineData("{ name: alarm, when: rollback, url: 'http://127.0.0.1:7000/' }, { name: log, when: event, url: 'http://127.0.0.1:7000/' }", "alarm (rollback); log (event)", "; hook alarm says yes")]
    [InlineData("{ name: gate, when: confirm-promotion, url: 'http://127.0.0.1:7000/' }", "gate (confirm-promotion)", "")]
    [InlineData("{ name: gate, when: confirm-promotion, url: 'http://127.0.0.1:7000/', onDown: rollback }", "gate (confirm-promotion)", "; hook gate is down")]
    public void Hooks_are_on_the_page_and_those_that_roll_back_are_triggers(string hooks, string told, string triggers)
    {
        var page = Page($"hooks: [ {hooks} ]");
        Assert.Equal((told, Trigger + triggers), (Row(page, "Hooks"), Row(page, "Trigger")));
    }

    [Theory]
    [InlineData("onNoData: rollback", "; a step without its requests after twice its hold")]
    [InlineData("onNoData: rollback\nmaxWait: 20m", "; a step without its requests 20m after its hold")]
    [InlineData("maxLatencyRatioToStable: 1.5", "; more than 1.5× stable's p95")]
    public void What_else_rolls_back_is_a_trigger(string keys, string triggers) => Assert.Equal(Trigger + triggers, Row(Page(keys), "Trigger"));

    /// <summary>The page named two rules that such a plan does not have, and not the one that it has.</summary>
    [Fact]
    public void Failures_in_a_row_stand_in_the_place_of_what_they_replace() =>
        Assert.Equal("5 failures in a row", Row(Page("consecutiveFailures: 5"), "Trigger"));

    [Theory]
    [InlineData("schedule: { timeZone: Europe/Berlin, days: [ mon, tue ], hours: 09:00-24:00, freeze: [ 2026-12-20..2027-01-03, 2026-12-01 ] }", "mon tue, 09:00-24:00, not 2026-12-20..2027-01-03 and 2026-12-01, Europe/Berlin")]
    [InlineData("schedule: { freeze: [ 2026-12-24 ] }", "not 2026-12-24, UTC")]
    [InlineData("schedule: off", null)]
    public void When_it_may_go_up_is_on_the_page(string keys, string? told) => Assert.Equal(told, Row(Page(keys), "Schedule"));

    [Fact]
    public void A_worst_case_of_checks_is_none_of_what_the_judge_lacks() => Assert.StartsWith(
        "for the judge not known without the plan's requestsPerSecond; check p95-checks ",
        Row(PlanPage.Of(Read(Plan.Replace("99% }", "99% }, { metric: p95, max: 1s, interval: 1m }", StringComparison.Ordinal))), "Worst case"),
        StringComparison.Ordinal);

    [Fact]
    public void A_latency_limit_is_written_as_a_rollbacks_reason_writes_it()
    {
        var page = PlanPage.Of(Read(Plan.Replace("99% }", "99% }, { metric: p95, max: 1500ms }", StringComparison.Ordinal)));
        Assert.Contains("; p95 above 1500 ms; ", Row(page, "Trigger"), StringComparison.Ordinal);
        Assert.Equal("at most 1500 ms", page.Metrics[1].Limit);
    }

    [Fact]
    public void A_handback_ends_the_progression() => Assert.EndsWith(
        " → handed back to `a`",
        Row(Page("promotion: handback\nhooks: [ { when: confirm-promotion, url: 'http://127.0.0.1:7000/' } ]"), "Progression"),
        StringComparison.Ordinal);

    [Fact]
    public void Who_scales_down_is_part_of_the_action() => Assert.EndsWith(
        "/rollback`. Told to scale down: scale-down", Row(Page("sticky: off"), "Action"), StringComparison.Ordinal);

    [Fact]
    public void A_check_over_a_window_is_asked_over_it_in_Prometheus_too()
    {
        var page = PlanPage.Of(
            Read(
                Plan.Replace(
                    "[ { metric: success-rate, min: 99% } ]",
                    "[ { metric: success-rate, min: 99%, interval: 1m, window: 5m }, { metric: p95, max: 400ms, interval: 1m } ]",
                    StringComparison.Ordinal)));
        Assert.Contains("[5m]", page.Metrics[0].Query, StringComparison.Ordinal);
        Assert.DoesNotContain("[1m]", page.Metrics[0].Query, StringComparison.Ordinal);
        Assert.Contains("[1m]", page.Metrics[1].Query, StringComparison.Ordinal);
    }

    [Fact]
    public void A_burn_rate_with_two_limits_is_asked_for_both()
    {
        var page = PlanPage.Of(
            Read(
                Plan.Replace(
                    "[ { metric: success-rate, min: 99% } ]",
                    "[ { burnRate: { objective: 99%, rules: [ { window: 2h, factor: 3, relativeToStable: 10 } ] } } ]",
                    StringComparison.Ordinal)));
        Assert.Contains(" / 0.01 <= 3 or ", page.Metrics[0].Query, StringComparison.Ordinal);
        Assert.Contains(" <= 10 * ", page.Metrics[0].Query, StringComparison.Ordinal);
    }

    private static PlanPage Page(string keys) => PlanPage.Of(Read($"{Plan}\n{keys}\n"));

    private static string? Row(PlanPage page, string name) => page.Rows.SingleOrDefault(row => row.Name == name)?.Value;

    private static Control.Rollouts.RolloutPlan Read(string yaml)
    {
        var result = PlanReader.FromYaml(yaml);
        Assert.Empty(result.Problems);
        return result.Plan!;
    }
}
