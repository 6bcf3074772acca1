using System.Globalization;
using CsCheck;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

public sealed class ScheduleTests
{
    private static readonly Schedule Office = new(
        TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"),
        [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday],
        new TimeOnly(9, 0),
        new TimeOnly(16, 0),
        [(new DateOnly(2026, 12, 21), new DateOnly(2027, 1, 3))]);

    [Theory]
    [InlineData("2026-11-26T08:00:00Z", true)]
    [InlineData("2026-11-26T07:59:59Z", false)]
    [InlineData("2026-11-26T14:59:59Z", true)]
    [InlineData("2026-11-26T15:00:00Z", false)]
    [InlineData("2026-11-27T10:00:00Z", false)]
    [InlineData("2026-07-23T07:00:00Z", true)]
    [InlineData("2026-12-22T10:00:00Z", false)]
    [InlineData("2027-01-04T10:00:00Z", true)]
    public void It_is_open_on_its_days_and_hours_by_the_clock_of_its_zone_and_not_while_frozen(string now, bool open) =>
        Assert.Equal(open, Office.IsOpen(At(now)));

    [Fact]
    public void What_is_waited_for_is_the_next_opening_and_how_long_still()
    {
        var (met, sentence) = Office.Want(At("2026-12-18T10:00:00Z"));
        Assert.False(met);
        Assert.Equal("outside the schedule until Mon 2027-01-04 09:00 Europe/Berlin, 406h left", sentence);
    }

    [Fact]
    public void The_next_opening_is_open_and_nothing_before_it_is() => Gen.Long[0, 400L * 24 * 60].Sample(minutes =>
    {
        var now = At("2026-01-01T00:00:00Z").AddMinutes(minutes);
        var opening = Office.NextOpening(now)!.Value;
        Assert.True(opening >= now && Office.IsOpen(opening));
        Assert.False(opening > now && Office.IsOpen(opening.AddSeconds(-1)));
    });

    [Theory]
    [InlineData("2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z")]
    public void An_hour_that_the_clock_shows_twice_opens_both_times(string now, string opening)
    {
        var early = Office with { Days = [], From = new TimeOnly(2, 30) };
        Assert.Equal(At(opening), early.NextOpening(At(now)));
        Assert.True(early.IsOpen(At(opening)));
        Assert.False(early.IsOpen(At(opening).AddSeconds(-1)));
    }

    /// <summary>The nights in which a clock is put back by an hour, by half of one, and over midnight.</summary>
    [Theory]
    [InlineData("Europe/Berlin", "2026-10-25T01:00:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-04-04T15:00:00Z")]
    [InlineData("America/Havana", "2026-11-01T05:00:00Z")]
    [InlineData("America/Santiago", "2026-04-05T03:00:00Z")]
    public void Around_a_clock_that_is_put_back_no_opening_is_passed_over(string zone, string back)
    {
        var place = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var shownTwice = TimeOnly.FromTimeSpan(TimeZoneInfo.ConvertTime(At(back), place).TimeOfDay);
        Gen.Select(Gen.Int[-12, 12], Gen.Int[0, 6], Gen.Int[-60, 120])
            .Select((from, to, now) => (From: shownTwice.AddMinutes(from * 15), To: shownTwice.AddMinutes(to * 15), Now: At(back).AddMinutes(now)))
            .Where(night => night.From < night.To)
            .Sample(night => Assert.Equal(
                Enumerable.Range(0, 3 * 24 * 60)
                    .Select(ahead => night.Now.AddMinutes(ahead))
                    .First(new Schedule(place, [], night.From, night.To, []).IsOpen),
                new Schedule(place, [], night.From, night.To, []).NextOpening(night.Now)!.Value));
    }

    [Fact]
    public void A_rollout_starts_and_climbs_within_its_schedule_and_falls_at_any_time()
    {
        // The rig's clock begins on a Sunday at noon.
        var schedule = new Schedule(TimeZoneInfo.Utc, [DayOfWeek.Monday], new TimeOnly(9, 0), TimeOnly.MaxValue, []);
        var rig = LiveRig.Started(Samples.Plan with { Schedule = schedule });
        Assert.Equal((RolloutPhase.Waiting, 0), (rig.Live.Status.Phase, rig.Live.Status.Weight.BasisPoints));
        Assert.Equal((GateState.Shut, "outside the schedule until Mon 2026-03-02 09:00 UTC, 21h left"), (rig.Gate.State, rig.Gate.Sentence));
        rig.Time.Advance(TimeSpan.FromHours(21));
        Assert.Equal(GateState.Open, rig.Gate.State);
        rig.Do(Samples.Advance);
        rig.Time.Advance(TimeSpan.FromHours(15));
        rig.Serve(Outcome.Success);
        Assert.Equal("hold 10m, served; outside the schedule until Mon 2026-03-09 09:00 UTC, 153h left", rig.Gate.Sentence);
        rig.Serve(Outcome.Failure);
        rig.Serve(Outcome.Failure);
        rig.Serve(Outcome.Failure);
        Assert.Equal(RolloutPhase.RolledBack, rig.Live.Status.Phase);
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
