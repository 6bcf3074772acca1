using System.Globalization;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class ExplanationTests
{
    private static readonly Alarm Errors = new(
        "v2.3.1",
        "5%",
        new Stretch(12, 3, TimeSpan.Zero),
        DetectorSettings.For(1 - 0.995, 1e-3),
        Level: 2345.6,
        new StableCounts(1234, 2));

    [Fact]
    public void Errors_are_told_with_what_was_allowed_how_sure_and_how_stable_fared() => Assert.Equal(
        "Rolled back v2.3.1 (5% → 0%): 3 of its last 12 requests failed (25%; allowed 0.5%). "
        + "A canary exactly at the limit would look this bad in fewer than 1 of 1,000 starts (evidence 2,346 : 1). "
        + "Stable meanwhile: 2 of 1,234 failed.",
        Explanation.OfErrors(Errors));

    [Fact]
    public void Latency_is_told_with_its_limit_and_quantile() => Assert.Equal(
        "Rolled back v2.3.1 (12.5% → 0%): 44 of its last 431 requests took longer than 400 ms (10%; a p95 limit allows 5%). "
        + "A canary exactly at the limit would look this bad in fewer than 1 of 100,000 starts (evidence 101,000 : 1). "
        + "Stable meanwhile: 9 of 900 took longer than 400 ms.",
        Explanation.OfLatency(
            Errors with
            {
                WeightBefore = "12.5%",
                Stretch = new Stretch(431, 44, TimeSpan.Zero),
                Settings = DetectorSettings.For(1 - 0.95, 1e-5),
                Level = 101_000,
                Stable = new StableCounts(900, 9),
            },
            TimeSpan.FromMilliseconds(400)));

    [Fact]
    public void Stable_is_left_out_where_its_counts_are_not_known() =>
        Assert.EndsWith("(evidence 2,346 : 1).", Explanation.OfErrors(Errors with { Stable = null }), StringComparison.Ordinal);

    [Fact]
    public void A_stable_without_requests_is_not_said_to_have_failed_none_of_none() => Assert.EndsWith(
        "Stable had no requests meanwhile.",
        Explanation.OfErrors(Errors with { Stable = new StableCounts(0, 0) }),
        StringComparison.Ordinal);

    [Fact]
    public void Small_shares_keep_the_digits_that_tell_them_from_the_limit() => Assert.Contains(
        "(0.64%; a p99.9 limit allows 0.1%)",
        Explanation.OfLatency(
            Errors with { Stretch = new Stretch(1100, 7, TimeSpan.Zero), Settings = DetectorSettings.For(1 - 0.999, 1e-3) },
            TimeSpan.FromMilliseconds(0.25)),
        StringComparison.Ordinal);

    [Fact]
    public void The_language_does_not_change_with_the_machine()
    {
        var before = Thread.CurrentThread.CurrentCulture;
        try
        {
            var commas = new NumberFormatInfo { NumberDecimalSeparator = ",", NumberGroupSeparator = "." };
            Thread.CurrentThread.CurrentCulture = new CultureInfo("") { NumberFormat = commas };
            Assert.Contains("allowed 0.5%", Explanation.OfErrors(Errors), StringComparison.Ordinal);
            Assert.Contains("1,000 starts", Explanation.OfErrors(Errors), StringComparison.Ordinal);
        }
        finally
        {
            Thread.CurrentThread.CurrentCulture = before;
        }
    }
}
