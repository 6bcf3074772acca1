using Snapback.Control.Sharing.Fleet;
using Xunit;

namespace Snapback.Control.Tests.Sharing.Fleet;

/// <summary>A failure waits for no rest, and a storm of them does not become one of messages.</summary>
public sealed class BeatPaceTests
{
    private readonly BeatPace _pace = new();

    [Fact]
    public void A_few_beats_follow_each_other_at_once_and_then_they_keep_their_distance()
    {
        var now = TimeSpan.FromHours(1);
        Assert.All(Enumerable.Range(0, BeatPace.AtOnce), _ => Assert.Equal(TimeSpan.Zero, _pace.RestAfter(now)));
        Assert.Equal(BeatPace.Thickest, _pace.RestAfter(now));
    }

    [Fact]
    public void However_often_it_is_woken_it_beats_two_hundred_times_a_second()
    {
        var (now, beats) = (TimeSpan.Zero, 0);
        for (; now < TimeSpan.FromSeconds(1); beats++)
        {
            now += TimeSpan.FromMilliseconds(0.5);
            var rest = _pace.RestAfter(now);
            Assert.InRange(rest, TimeSpan.Zero, BeatPace.Thickest);
            now += rest;
        }

        Assert.InRange(beats, 200, 200 + BeatPace.AtOnce);
    }

    [Fact]
    public void After_a_quiet_time_the_next_are_at_once_again()
    {
        var now = TimeSpan.Zero;
        for (var i = 0; i < 100; i++)
        {
            now += _pace.RestAfter(now);
        }

        now += BeatPace.AtOnce * BeatPace.Thickest;
        Assert.All(Enumerable.Range(0, BeatPace.AtOnce - 1), _ => Assert.Equal(TimeSpan.Zero, _pace.RestAfter(now)));
    }
}
