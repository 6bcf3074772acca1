using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class AttributionGateTests
{
    [Fact]
    public void The_chance_of_a_share_meets_the_reference()
    {
        foreach (var record in Vectors.Of("attribution_sf"))
        {
            var counts = new CoinCounts(record.Whole("kc"), record.Whole("ks"));
            Vectors.AssertClose(record.Number("p"), AttributionGate.Chance(counts, record.Number("weight")), record);
        }
    }

    [Fact]
    public void The_chance_of_a_share_is_one_of_two_that_sum_to_1() =>
        Gen.Select(Gen.Int[1, 3_000], Gen.Double[0, 1], Gen.Double[0.001, 0.999]).Sample((all, share, weight) =>
        {
            var canary = 1 + (long)((all - 1) * share);
            var more = AttributionGate.Chance(new CoinCounts(canary, all - canary), weight);
            var less = AttributionGate.Chance(new CoinCounts(all - canary + 1, canary - 1), 1 - weight);
            Assert.Equal(1, more + less, 1e-9);
        });

    [Theory]
    [InlineData(0.05, 2)]
    [InlineData(0.2, 3)]
    [InlineData(0.5, 5)]
    public void Failures_of_the_canary_alone_pass_after_a_few(double weight, int failures)
    {
        var gate = new AttributionGate(0.05);
        var mark = gate.Counts;
        for (var i = 1; i <= failures; i++)
        {
            Assert.False(gate.Passes(mark));
            gate.CanaryFailed(weight);
        }

        Assert.True(gate.Passes(mark));
    }

    [Theory]
    [InlineData(0.0001)]
    [InlineData(0.05)]
    [InlineData(0.37)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.99)]
    public void What_is_known_beforehand_of_failures_of_the_canary_alone_is_what_the_evidence_says(double weight)
    {
        var gate = new AttributionGate(0.05);
        for (var failures = 1; failures <= 500; failures++)
        {
            gate.CanaryFailed(weight);
            Assert.Equal(ShareTest.LogFromCounts(weight, 1, failures, failures) >= -Math.Log(0.05), gate.Passes(default));
        }
    }

    [Fact]
    public void What_came_before_the_mark_has_no_say()
    {
        var gate = new AttributionGate(0.05);
        for (var i = 0; i < 100; i++)
        {
            gate.StableFailed(0.05);
        }

        var mark = gate.Counts;
        gate.CanaryFailed(0.05);
        gate.CanaryFailed(0.05);
        Assert.True(gate.Passes(mark));
        Assert.False(gate.Passes(default));
    }

    [Fact]
    public void A_stretch_over_a_step_is_weighed_by_the_heavier_weight()
    {
        var gate = new AttributionGate(0.05);
        gate.CanaryFailed(0.05);
        gate.CanaryFailed(0.5);
        gate.CanaryFailed(0.05);
        Assert.False(gate.Passes(default));
    }

    [Fact]
    public void Requests_that_no_coin_assigned_are_not_counted()
    {
        var gate = new AttributionGate(0.05);
        gate.CanaryFailed(1);
        gate.StableFailed(0);
        gate.CanaryFailed(double.NaN);
        Assert.Equal(default, gate.Counts);
    }

    [Fact]
    public void A_doubt_outside_its_range_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionGate(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionGate(double.NaN));
    }
}
