using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class DetectorTests
{
    private const double High = 1e-2;
    private const double Balanced = 1e-3;
    private const double Low = 1e-5;

    [Theory]
    [InlineData(High)]
    [InlineData(Balanced)]
    public void Two_failures_from_the_start_fire(double alpha) =>
        Assert.Equal(2, FailuresUntilFiring(new(DetectorSettings.For(0.005, alpha))));

    [Fact]
    public void Three_failures_from_the_start_fire_when_it_must_be_beyond_doubt() =>
        Assert.Equal(3, FailuresUntilFiring(new(DetectorSettings.For(0.005, Low))));

    [Theory]
    [InlineData(High, 3)]
    [InlineData(Balanced, 3)]
    [InlineData(Low, 4)]
    public void A_long_healthy_past_buys_one_failure_at_most(double alpha, int expected)
    {
        var detector = new Detector(DetectorSettings.For(0.005, alpha));
        detector.Good(20_000);
        Assert.Equal(expected, FailuresUntilFiring(detector));
    }

    [Fact]
    public void Three_slow_responses_from_the_start_fire_for_a_p95() =>
        Assert.Equal(3, FailuresUntilFiring(new(DetectorSettings.For(0.05, Balanced))));

    [Fact]
    public void A_canary_at_a_fifth_of_its_budget_is_left_alone()
    {
        var detector = new Detector(DetectorSettings.For(0.005, Balanced));
        for (var i = 0; i < 100; i++)
        {
            detector.Good(999);
            Assert.False(detector.Bad(TimeSpan.Zero));
        }

        Assert.True(detector.Level < 1);
        Assert.Equal(0, detector.Meter);
    }

    [Fact]
    public void One_failure_never_fires_however_strong() =>
        Assert.False(new Detector(new DetectorSettings(1e-6, 0.5, StartMass: 1)).Bad(TimeSpan.Zero));

    [Fact]
    public void A_new_step_counts_the_minimum_of_failures_anew()
    {
        var detector = new Detector(DetectorSettings.For(0.005, Balanced));
        detector.Bad(TimeSpan.Zero);
        detector.RaiseLoad();
        Assert.False(detector.Bad(TimeSpan.Zero));
        Assert.True(detector.Bad(TimeSpan.Zero));
    }

    [Fact]
    public void More_load_after_a_long_healthy_past_is_judged_like_a_start()
    {
        var detector = new Detector(DetectorSettings.For(0.005, Balanced));
        detector.Good(20_000);
        detector.RaiseLoad();
        Assert.Equal(2, FailuresUntilFiring(detector));
    }

    [Fact]
    public void An_alarm_nobody_acts_on_stays_finite_and_stays_up()
    {
        var detector = new Detector(DetectorSettings.For(0.005, Balanced));
        FailuresUntilFiring(detector);
        for (var i = 0; i < 10_000; i++)
        {
            Assert.True(detector.Bad(TimeSpan.Zero));
        }

        Assert.True(double.IsFinite(detector.Level));
        Assert.Equal(1, detector.Meter);
        detector.Good(int.MaxValue);
        Assert.InRange(detector.Level, 0, 1);
    }

    [Fact]
    public void The_smallest_alpha_can_still_fire_on_every_budget() =>
        Gen.Double[-6, -0.05].Select(exponent => Math.Pow(10, exponent)).Sample(p0 =>
        {
            var detector = new Detector(new DetectorSettings(p0, 1e-7, StartMass: 1));
            Assert.InRange(FailuresUntilFiring(detector), 2, 300);
        });

    [Fact]
    public void Reading_changes_nothing()
    {
        var settings = DetectorSettings.For(0.005, Balanced);
        var (read, unread) = (new Detector(settings), new Detector(settings));
        foreach (var detector in new[] { read, unread })
        {
            detector.Bad(TimeSpan.Zero);
            detector.Good(100);
        }

        for (var i = 0; i < 10; i++)
        {
            Assert.InRange(read.Meter, 0, 1);
        }

        Assert.Equal(unread.Level, read.Level);
        Assert.Equal((101, 1), (read.Responses, read.Failures));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Good_responses_are_counted_in_positive_numbers(int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Detector(DetectorSettings.For(0.005, Balanced)).Good(count));

    private static int FailuresUntilFiring(Detector detector)
    {
        var failures = 1;
        while (!detector.Bad(TimeSpan.Zero))
        {
            failures++;
        }

        return failures;
    }
}
