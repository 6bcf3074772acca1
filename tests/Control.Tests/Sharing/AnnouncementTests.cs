using System.Globalization;
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
    public void Only_a_later_word_on_the_same_rollback_exonerates_and_no_other_replicas_record_of_it(
        long generation, long revision, bool blamed, bool blames, string kind)
    {
        var before = RolledBack(1, 4, blamed);
        Assert.Equal(kind, Announcement.Of(Samples.Plan, before, RolledBack(generation, revision, blames)).Kind);
    }

    [Theory]
    [InlineData(0, "replanned", "The plan was replaced.")]
    [InlineData(1, "planned", "The plan was created.")]
    public void Where_nothing_ever_started_only_plans_come_and_none_is_an_advance(int later, string kind, string sentence)
    {
        var before = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch);
        var after = before with { Created = before.Created.AddSeconds(later), Since = before.Since.AddSeconds(later), Revision = 1 };
        Assert.Equal((kind, sentence), Announcement.Of(Samples.Plan, before, after));
    }

    [Fact]
    public void Nothing_that_is_not_open_is_told_as_an_advance()
    {
        var all = Enum.GetValues<RolloutPhase>()
            .Select(phase => RolloutStatus.New("shop", DateTimeOffset.UnixEpoch) with { Phase = phase, Revision = 1 })
            .ToList();
        Assert.DoesNotContain(
            "advanced",
            all.SelectMany(before => all
                .Where(after => !after.Phase.IsOpen())
                .Select(after => Announcement.Of(Samples.Plan, before, after with { Revision = 2 }).Kind)));
    }

    [Theory]
    [InlineData(3000, true, "weight", "Weight set to 30% by hand.")]
    [InlineData(5000, false, "withdrawn", "Not ready any more to leave 50% (step 1 of 3): a check failed")]
    public void Who_stood_ready_for_its_group_and_was_lowered_by_hand_is_not_told_to_have_withdrawn(
        int basisPoints, bool manual, string kind, string sentence)
    {
        var ready = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch) with
        {
            Phase = RolloutPhase.Waiting,
            Generation = 1,
            Revision = 3,
            Step = 1,
            Weight = new Weight(5000),
            ReadyBy = "snapback",
        };
        var after = ready with
        {
            Phase = RolloutPhase.Progressing,
            Revision = 4,
            Weight = new Weight(basisPoints),
            Manual = manual,
            ReadyBy = null,
            Reason = "a check failed",
        };
        Assert.Equal((kind, sentence), Announcement.Of(Samples.Plan with { Group = "checkout" }, ready, after));
    }

    [Theory]
    [InlineData(RolloutPhase.Paused, "Weight set to 30% by hand; still paused.")]
    [InlineData(RolloutPhase.Frozen, "Weight set to 30% by hand; still frozen.")]
    [InlineData(RolloutPhase.Progressing, "Weight set to 30% by hand.")]
    public void A_weight_by_hand_is_told_as_one_in_every_phase(RolloutPhase phase, string sentence)
    {
        var before = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch) with { Phase = phase, Generation = 1, Step = 1, Weight = new Weight(5000) };
        Assert.Equal(
            ("weight", sentence),
            Announcement.Of(
                Samples.Plan, before, before with { Weight = new Weight(3000), Manual = true, Reason = "a try", Revision = 2 }));
    }

    /// <summary>Nobody is asked while it is shut.</summary>
    [Theory]
    [InlineData("2026-11-29T10:00:00Z", "outside the schedule until Mon 2026-11-30 00:00 UTC")]
    [InlineData("2026-11-30T10:00:00Z", "what is asked before the first step has the word")]
    public void A_start_outside_the_schedule_says_when_it_opens(string at, string sentence)
    {
        var plan = Samples.Plan with { Schedule = new Schedule(TimeZoneInfo.Utc, [DayOfWeek.Monday], TimeOnly.MinValue, TimeOnly.MaxValue, []) };
        var before = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch);
        var since = DateTimeOffset.Parse(at, CultureInfo.InvariantCulture);
        var started = before with { Phase = RolloutPhase.Waiting, Generation = 1, Version = "v2", Since = since };
        Assert.Equal(("started", $"Version 'v2' is to start; {sentence}."), Announcement.Of(plan, before, started));
        Assert.Equal(
            ("resumed", $"Resumed at 0%; {sentence}."),
            Announcement.Of(plan, started with { Phase = RolloutPhase.Paused }, started with { Revision = 2 }));
    }

    [Fact]
    public void A_generation_without_a_version_is_told_without_empty_quotes()
    {
        var before = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch);
        var open = before with { Phase = RolloutPhase.Progressing, Generation = 1, Weight = new Weight(1000), Manual = true };
        Assert.Equal("An unnamed version started at 10%.", Announcement.Of(Samples.Plan, before, open).Sentence);
    }

    private static RolloutStatus RolledBack(long generation, long revision, bool blames) => RolloutStatus.New("shop", DateTimeOffset.UnixEpoch) with
    {
        Phase = RolloutPhase.RolledBack,
        Generation = generation,
        Revision = revision,
        Rollback = Samples.Record with { BlamesVersion = blames },
    };
}
