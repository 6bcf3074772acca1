using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

/// <summary>Of a rollout is what its own statuses led to, whatever the clocks of those who wrote it said.</summary>
public sealed class HistoryEntryTests
{
    private static readonly RolloutStatus Deleted = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch);
    private static readonly RolloutStatus Anew = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch.AddDays(1));

    [Theory]
    [InlineData(-60)]
    [InlineData(60)]
    public void A_line_belongs_to_the_rollout_that_led_to_it_also_if_it_was_written_by_a_clock_that_is_behind(int seconds)
    {
        var line = Line(Anew, Anew.Created.AddSeconds(seconds));
        Assert.Equal((true, false), (line.IsOf(Anew), line.IsOf(Deleted)));
    }

    [Fact]
    public void A_line_of_a_rollout_that_was_deleted_is_none_of_the_one_made_anew_also_if_it_was_written_by_a_clock_that_is_ahead() =>
        Assert.False(Line(Deleted, Anew.Created.AddSeconds(60)).IsOf(Anew));

    [Theory]
    [InlineData(-60, false)]
    [InlineData(60, true)]
    public void A_line_of_a_version_that_named_none_has_only_its_time(int seconds, bool isOf) =>
        Assert.Equal(isOf, (Line(Anew, Anew.Created.AddSeconds(seconds)) with { Id = null }).IsOf(Anew));

    private static HistoryEntry Line(RolloutStatus status, DateTimeOffset at) => HistoryEntry.Of("started", status, at, "Version 'v1' started.");
}
