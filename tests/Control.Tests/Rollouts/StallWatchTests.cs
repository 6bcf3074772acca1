using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

public sealed class StallWatchTests
{
    private readonly StallWatch _stalls = new();

    [Fact]
    public void Before_the_first_beat_nothing_is_known_of_a_stall() => Assert.Equal(TimeSpan.Zero, _stalls.Total(TimeSpan.FromHours(1)));

    [Fact]
    public void Late_ticks_are_no_stall()
    {
        Beat(1000, 1010, 1090, 1150);
        Assert.Equal(TimeSpan.Zero, _stalls.Total(TimeSpan.FromMilliseconds(1160)));
    }

    [Fact]
    public void Stalls_add_up_and_one_that_lasts_counts_already()
    {
        Beat(1000, 1010, 1410, 1420, 1720);
        Assert.Equal(TimeSpan.FromMilliseconds(700), _stalls.Total(TimeSpan.FromMilliseconds(1730)));
        Assert.Equal(TimeSpan.FromMilliseconds(900), _stalls.Total(TimeSpan.FromMilliseconds(1920)));
    }

    private void Beat(params int[] at) => Array.ForEach(at, ms => _stalls.Beat(TimeSpan.FromMilliseconds(ms)));
}
