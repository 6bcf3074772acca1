using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class ConfidenceSequenceTests
{
    [Fact]
    public void The_bounds_meet_the_reference()
    {
        foreach (var record in Vectors.Of("confidence_sequence"))
        {
            var (lower, upper) = ConfidenceSequence.Of(record.Whole("n"), record.Whole("k"), record.Number("alpha"));
            Vectors.AssertClose(record.Number("lower"), lower, record);
            Vectors.AssertClose(record.Number("upper"), upper, record);
        }
    }

    [Fact]
    public void Without_responses_every_share_is_possible() =>
        Assert.Equal(new ConfidenceSequence(0, 1), ConfidenceSequence.Of(0, 0));

    [Fact]
    public void The_share_seen_lies_between_the_bounds_and_more_certainty_widens_them() =>
        Gen.Select(Gen.Long[1, 10_000_000], Gen.Double[0, 1]).Sample((responses, share) =>
        {
            var failures = (long)(responses * share);
            var (lower, upper) = ConfidenceSequence.Of(responses, failures);
            Assert.True(lower >= 0 && lower <= (double)failures / responses && upper >= (double)failures / responses && upper <= 1);
            var wider = ConfidenceSequence.Of(responses, failures, 0.001);
            Assert.True(wider.Lower <= lower && wider.Upper >= upper);
        });

    [Fact]
    public void The_bounds_rise_with_the_failures() =>
        Gen.Select(Gen.Int[2, 100_000], Gen.Double[0, 1]).Sample((responses, share) =>
        {
            var failures = (long)((responses - 1) * share);
            var (less, more) = (ConfidenceSequence.Of(responses, failures), ConfidenceSequence.Of(responses, failures + 1));
            Assert.True(more.Lower > less.Lower && more.Upper >= less.Upper);
        });

    [Fact]
    public void Impossible_counts_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ConfidenceSequence.Of(1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => ConfidenceSequence.Of(1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ConfidenceSequence.Of(1, 1, 0));
    }
}
