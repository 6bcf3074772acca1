using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class ExplanationOfCasesTests
{
    private static readonly JudgeSettings Settings = JudgeSettings.For(1e-3, 0.005, 0.05) with
    {
        LatencyRatioToStable = 1.2,
        ConsecutiveFailures = 5,
    };

    [Theory]
    [InlineData(Cause.Errors)]
    [InlineData(Cause.Latency)]
    [InlineData(Cause.Relative)]
    [InlineData(Cause.HarmCap)]
    [InlineData(Cause.SharedGraceOver)]
    public void What_nobody_rolled_back_for_does_not_say_so(Cause cause)
    {
        var told = new Case("v2", "5%", 0.05, "14:03:07", Settings, Of(cause, 7, 4, new StableCounts(200, 1), 4901), TimeSpan.FromMilliseconds(400));
        var (acted, seen) = (Explanation.Of(told), Explanation.Of(told with { WasRolledBack = false }));
        Assert.StartsWith("Seen: ", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("→ 0%", seen, StringComparison.Ordinal);
        Assert.Contains("→ 0%", acted, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_and_latency_are_told_as_ever()
    {
        var errors = Told(Cause.Errors, 12, 3, new StableCounts(1234, 2), 2345.6);
        Assert.StartsWith("Rolled back v2 (5% → 0%): 3 of its last 12 requests failed (25%; allowed 0.5%).", errors, StringComparison.Ordinal);
        var latency = Told(Cause.Latency, 12, 3, new StableCounts(1234, 2), 2345.6);
        Assert.Contains("3 of its last 12 requests took longer than 400 ms (25%; a p95 limit allows 5%)", latency, StringComparison.Ordinal);
    }

    [Fact]
    public void A_comparison_tells_the_share_of_failures_the_share_of_traffic_and_how_many_times_worse_that_is() => Assert.Equal(
        "Rolled back v2 (5% → 0%): 13 of the 40 failures since 14:03:07 hit the canary (33%), which gets only 5% of the traffic: "
        + "about 9.1× stable's failure rate (allowed 2×).",
        Told(Cause.Relative, 40, 13, new StableCounts(27_000, 27), 1200));

    [Fact]
    public void A_stable_without_failures_gives_no_ratio() => Assert.Equal(
        "Rolled back v2 (5% → 0%): 4 of the 4 failures since 14:03:07 hit the canary (100%), which gets only 5% of the traffic: "
        + "stable had none in that time (allowed 2×).",
        Told(Cause.Relative, 4, 4, new StableCounts(27_000, 0), 1200));

    [Fact]
    public void A_comparison_of_latency_counts_slow_responses() => Assert.Equal(
        "Rolled back v2 (5% → 0%): 6 of the 12 slow responses since 14:03:07 (over stable's p95; the canary's over 1.2× that) were the canary's (50%), "
        + "which gets only 5% of the traffic: about 19× stable's rate of slow responses (allowed 1×).",
        Told(Cause.RelativeLatency, 12, 6, null, 1200));

    [Fact]
    public void The_cap_tells_the_harm() => Assert.Equal(
        "Rolled back v2 (5% → 0%): it failed 50 requests more than its allowance of 0.5% (150 of 20,000); the cap is 50. "
        + "Stable meanwhile: 300 of 380,000 failed.",
        Told(Cause.HarmCap, 20_000, 150, new StableCounts(380_000, 300), 50));

    [Fact]
    public void Of_one_it_speaks_as_of_one()
    {
        Assert.StartsWith(
            "Rolled back v2 (5% → 0%): its last request failed; 5 in a row",
            Told(Cause.Consecutive, 1, 1, null, 1),
            StringComparison.Ordinal);
        Assert.StartsWith("Rolled back v2 (5% → 0%): 1 of the 1 failure since", Told(Cause.Relative, 1, 1, null, 1), StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_in_a_row_claim_no_statistics() => Assert.Equal(
        "Rolled back v2 (5% → 0%): its last 5 requests failed; 5 in a row are enough here. Stable meanwhile: 0 of 90 failed.",
        Told(Cause.Consecutive, 5, 5, new StableCounts(90, 0), 5));

    [Fact]
    public void A_shared_failure_is_not_blamed_and_says_all_that_withdraws_the_canary() => Assert.Equal(
        "Stable is failing too (55 of 60): not blamed on v2. "
        + "Rollout frozen; if this lasts 10 s or costs 50 failures beyond the canary's allowance, the canary is withdrawn.",
        Told(Cause.Shared, 3, 3, new StableCounts(60, 55), 5000));

    [Theory]
    [InlineData(false, "lasted 10 s")]
    [InlineData(true, "cost 50 failures beyond the canary's allowance")]
    public void A_withdrawal_says_what_ended_the_wait_and_invites_another_try(bool capped, string since) => Assert.Equal(
        $"Withdrew v2 (5% → 0%) as a precaution, since it {since}. Stable is failing too (55 of 60): not blamed on v2. It may be tried again.",
        Explanation.Of(new Case(
            "v2", "5%", 0.05, "14:03:07", Settings, Of(Cause.SharedGraceOver, 3, 3, new StableCounts(60, 55), 5000) with { IsOfCap = capped })));

    [Fact]
    public void A_slowness_of_both_arms_is_no_failure()
    {
        string Told(Cause cause, StableCounts stable) => Explanation.Of(new Case(
            "v2", "50%", 0.5, "14:03:07", Settings, Of(cause, 3, 3, stable, 5000) with { IsOfLatency = true }, TimeSpan.FromMilliseconds(400)));
        Assert.Equal(
            "Stable is too slow as well (55 of 60 took longer than 400 ms): not blamed on v2. Rollout frozen; if this lasts 10 s, the canary is withdrawn.",
            Told(Cause.Shared, new StableCounts(60, 55)));
        Assert.Equal(
            "Withdrew v2 (50% → 0%) as a precaution, since it lasted 10 s. 3 slow responses and none of stable's: by chance in 13% of slow responses of both at 50%, "
            + "so not yet blamed on v2. It may be tried again.",
            Told(Cause.SharedGraceOver, new StableCounts(4, 0)));
    }

    [Fact]
    public void A_well_stable_is_not_said_to_fail() => Assert.Equal(
        "3 failures and none of stable's: by chance in 13% of failures of both at 50%, so not yet blamed on v2. "
        + "Rollout frozen; if this lasts 10 s or costs 50 failures beyond the canary's allowance, the canary is withdrawn.",
        Explanation.Of(new Case("v2", "50%", 0.5, "14:03:07", Settings, Of(Cause.Shared, 3, 3, new StableCounts(4, 0), 5000))));

    [Theory]
    [InlineData(Cause.Relative)]
    [InlineData(Cause.RelativeLatency)]
    public void Copies_are_no_share_of_the_traffic(Cause cause) => Assert.Contains(
        "(92%), which gets copies of the same requests: about 11× stable's ",
        Explanation.Of(new Case("v2", "shadow 100%", 0.5, "14:03:07", Settings, Of(cause, 12, 11, null, 5000), IsShadow: true)),
        StringComparison.Ordinal);

    [Fact]
    public void Nothing_is_told_of_nothing() => Assert.Equal("", Told(Cause.None, 0, 0, null, 0));

    [Fact]
    public void A_rule_that_is_off_cannot_have_ruled() => Assert.Throws<ArgumentException>(() => Explanation.Of(
        new Case("v2", "5%", 0.05, "", Settings with { HarmCap = null }, Of(Cause.HarmCap, 1, 1, null, 1))));

    private static string Told(Cause cause, long responses, long failures, StableCounts? stable, double level) => Explanation.Of(
        new Case("v2", "5%", 0.05, "14:03:07", Settings, Of(cause, responses, failures, stable, level), TimeSpan.FromMilliseconds(400)));

    private static Ruling Of(Cause cause, long responses, long failures, StableCounts? stable, double level) =>
        new(cause, new Stretch(responses, failures, TimeSpan.Zero), stable, level);
}
