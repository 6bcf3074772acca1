using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class ShareTestTests
{
    private static readonly Gen<double> Weights = Gen.OneOf(Gen.OneOf(0.0001, 0.05, 0.5, 0.9999), Gen.Double[0.0001, 0.9999]);
    private static readonly Gen<double> Ratios = Gen.OneOf(1d, 2, 10, 1000);

    [Fact]
    public void Evidence_of_counts_meets_the_reference()
    {
        foreach (var record in Vectors.Of("share_logE"))
        {
            var actual = ShareTest.LogFromCounts(
                record.Number("weight"), record.Number("rho0"), record.Whole("failures_total"), record.Whole("failures_canary"));
            Vectors.AssertClose(record.Number("logE"), actual, record);
        }
    }

    [Fact]
    public void It_rises_with_the_canarys_failures_and_falls_with_stables() =>
        Gen.Select(Weights, Ratios, Gen.Int[0, 200], Gen.Int[0, 200]).Sample((weight, ratio, canary, stable) =>
        {
            var now = ShareTest.LogFromCounts(weight, ratio, canary + stable, canary);
            Assert.True(ShareTest.LogFromCounts(weight, ratio, canary + stable + 1, canary + 1) > now);
            Assert.True(ShareTest.LogFromCounts(weight, ratio, canary + stable + 1, canary) < now);
        });

    [Fact]
    public void A_failure_says_less_the_heavier_the_canary() =>
        Gen.Select(Weights, Gen.Double[0.1, 0.99], Gen.Int[0, 50], Gen.Int[0, 50]).Sample((weight, part, canary, stable) =>
            ShareTest.LogFromCounts(weight, 1, canary + stable, canary)
                <= ShareTest.LogFromCounts(weight * part, 1, canary + stable, canary) + 1e-9);

    [Fact]
    public void At_a_weight_of_1_nothing_is_learned_from_the_canarys_failures() =>
        Assert.Equal(0, ShareTest.LogFromCounts(1, 1, 1_000_000, 1_000_000), 1e-6);

    [Fact]
    public void The_level_is_the_evidence_of_all_failures_plus_the_restarts_of_every_later_start() =>
        Gen.Select(Gen.Double[0.2, 0.9], Gen.OneOf(1d, 2, 10), Gen.Bool.Array[1, 12]).Sample((weight, ratio, canarys) =>
        {
            const double restart = 1e-3;
            var test = new ShareTest(ratio, 1e-7);
            Array.ForEach(canarys, canary => Fail(test, canary, weight));
            var suffixes = Enumerable.Range(0, canarys.Length).Select(from => canarys[from..]).Select(failures =>
                Math.Exp(ShareTest.LogFromCounts(weight, ratio, failures.Length, failures.Count(canary => canary)))).ToArray();
            Assert.Equal(1, (suffixes[0] + restart * suffixes.Sum()) / test.Level, 1e-9);
        });

    [Fact]
    public void A_dead_canary_at_5_percent_takes_four_failures_and_any_number_of_failures_on_stable_none()
    {
        var test = new ShareTest(2, 1e-3);
        for (var i = 0; i < 100_000; i++)
        {
            test.StableFailed(0.05);
        }

        Assert.True(test.Level < 1);
        var fresh = new ShareTest(2, 1e-3);
        Assert.Equal([false, false, false, true], Enumerable.Range(0, 4).Select(_ => fresh.CanaryFailed(TimeSpan.Zero, 0.05)));
    }

    [Fact]
    public void It_finds_a_canary_that_turns_bad_after_a_long_outage_of_both()
    {
        var test = new ShareTest(2, 1e-3);
        var random = new Random(1);
        for (var i = 0; i < 100_000; i++)
        {
            Fail(test, random.NextDouble() < 0.05, 0.05);
        }

        var failures = 1;
        while (!test.CanaryFailed(TimeSpan.FromSeconds(failures), 0.05))
        {
            failures++;
        }

        Assert.InRange(failures, 4, 8);
        Assert.InRange(test.Explain().Failures, 4, failures + 2);
    }

    [Fact]
    public void Without_a_coin_nothing_is_counted()
    {
        var test = new ShareTest(2, 1e-3);
        foreach (var weight in (double[])[0, 1, -1, 2, double.NaN, double.PositiveInfinity])
        {
            Assert.False(test.CanaryFailed(TimeSpan.Zero, weight));
            test.StableFailed(weight);
        }

        Assert.Equal((0, 0, 1, default), (test.Failures, test.OfCanary, test.Level, test.Explain()));
    }

    [Fact]
    public void One_failure_is_no_pattern_even_of_the_lightest_canary()
    {
        var test = new ShareTest(1, 1e-2);
        Assert.False(test.CanaryFailed(TimeSpan.Zero, 0.0001));
        Assert.True(test.Level > 100);
        Assert.True(test.CanaryFailed(TimeSpan.Zero, 0.0001));
    }

    [Fact]
    public void Restarts_do_not_hold_up_the_evidence_against_a_light_canary()
    {
        var test = new ShareTest(2, 1e-3);
        for (var i = 0; i < 200_000; i++)
        {
            test.StableFailed(0.0001);
        }

        Assert.True(test.Level < 0.1);
    }

    [Fact]
    public void A_change_of_weight_keeps_the_evidence()
    {
        var test = new ShareTest(2, 1e-3);
        test.CanaryFailed(TimeSpan.Zero, 0.05);
        test.CanaryFailed(TimeSpan.Zero, 0.05);
        var before = test.Level;
        test.CanaryFailed(TimeSpan.Zero, 0.2);
        Assert.InRange(test.Level / before, 2, 3);
    }

    [Fact]
    public void Evidence_is_finite_after_any_sequence() =>
        Gen.Select(Weights.Array[1, 5], Ratios, Gen.Int[0, 2].Array[0, 300]).Sample((weights, ratio, failures) =>
        {
            var test = new ShareTest(ratio, 1e-7);
            for (var i = 0; i < failures.Length; i++)
            {
                Fail(test, failures[i] > 0, weights[i % weights.Length]);
                Assert.True(double.IsFinite(test.Level) && test.Level >= 0);
                Assert.InRange(test.Meter, 0, 1);
            }
        });

    [Fact]
    public void False_alarms_in_common_outages_keep_within_alpha()
    {
        const int runs = 2_000;
        var random = new Random(20);
        var alarms = 0;
        for (var run = 0; run < runs; run++)
        {
            var test = new ShareTest(2, 1e-2);
            var fired = false;
            for (var i = 0; i < 500 && !fired; i++)
            {
                // Exactly at the limit: r = 2, so that the canary's share is 2w/(1+w).
                var canary = random.NextDouble() < 0.1 / 1.05;
                fired = canary && test.CanaryFailed(TimeSpan.Zero, 0.05);
                if (!canary)
                {
                    test.StableFailed(0.05);
                }
            }

            alarms += fired ? 1 : 0;
        }

        // Guarantee 1e-2·(1 + 1e-3·500) = 1.5 %, or 30 of 2,000.
        Assert.InRange(alarms, 0, 30);
    }

    [Theory]
    [InlineData(0.9, 1e-3)]
    [InlineData(double.NaN, 1e-3)]
    [InlineData(2, 0)]
    [InlineData(2, double.NaN)]
    public void Settings_outside_their_range_are_refused(double ratio, double alpha) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ShareTest(ratio, alpha));

    private static void Fail(ShareTest test, bool canary, double weight)
    {
        if (canary)
        {
            test.CanaryFailed(TimeSpan.Zero, weight);
        }
        else
        {
            test.StableFailed(weight);
        }
    }
}
