using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

public sealed class AnnouncementTests
{
    [Theory]
    [InlineData(1, 5, true, false, "exonerated")]
    [InlineData(1, 4, true, true, "rolled-back")]
    [InlineData(1, 5, true, true, "rolled-back")]
    [InlineData(1, 4, true, false, "rolled-back")]
    [InlineData(2, 5, true, false, "rolled-back")]
    [InlineData(1, 5, false, false, "rolled-back")]
    public void Only_a_later_word_on_the_same_rollback_exonerates_and_no_other_replicas_record_of_it(long generation, long revision, bool blamed, bool blames, string kind)
    {
        var before = RolledBack(1, 4, blamed);
        Assert.Equal(kind, Announcement.Of(Samples.Plan, before, RolledBack(generation, revision, blames)).Kind);
    }

    private static RolloutStatus RolledBack(long generation, long revision, bool blames) => RolloutStatus.New("shop", DateTimeOffset.UnixEpoch) with
    {
        Phase = RolloutPhase.RolledBack,
        Generation = generation,
        Revision = revision,
        Rollback = Samples.Record with { BlamesVersion = blames },
    };
}
