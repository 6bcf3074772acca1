using Snapback.Control.Admin;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Admin;

public sealed class LastDrillTests
{
    [Theory]
    [InlineData("drilled started planned", "1970-01-01 00:00:00Z by ann. It was drilled.")]
    [InlineData("started drill-failed drilled", "1970-01-01 00:00:00Z by ann. It was drill-failed.")]
    [InlineData("advanced started planned", null)]
    [InlineData("", null)]
    [InlineData("advanced started", "none in the newest 2 lines of the history")]
    public void A_history_whose_beginning_is_gone_does_not_say_that_it_was_never_rehearsed(string kinds, string? said) =>
        Assert.Equal(said, PlanPageAnswer.LastDrill([.. kinds.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Line)]));

    private static HistoryEntry Line(string kind) =>
        HistoryEntry.Of(kind, RolloutStatus.New("shop", DateTimeOffset.UnixEpoch) with { By = "ann" }, DateTimeOffset.UnixEpoch, $"It was {kind}.");
}
