using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

public sealed class StallWatchTests
{
    private readonly StallWatch _stalls = new();

    [Fact]
    public void Before_the_first_beat_nothing_is_known_of_a_stall() => Assert.Equal(0, Between(0, 3_600_000));

    [Fact]
    public void Late_ticks_are_no_stall()
    {
        Beat(1000, 1010, 1090, 1150);
        Assert.Equal(0, Between(0, 1160));
    }

    [Fact]
    public void Stalls_add_up_and_one_that_lasts_counts_already()
    {
        Beat(1000, 1010, 1410, 1420, 1720);
        Assert.Equal(700, Between(0, 1730));
        Assert.Equal(900, Between(0, 1920));
    }

    [Theory]
    [InlineData(1000, 1200, 190)]
    [InlineData(1200, 1300, 100)]
    [InlineData(1300, 1500, 190)]
    [InlineData(1410, 1420, 0)]
    [InlineData(1850, 1920, 70)]
    public void Of_a_stall_counts_what_lies_between(int from, int to, int stalled)
    {
        Beat(1000, 1010, 1410, 1420, 1720);
        Assert.Equal(stalled, Between(from, to));
    }

    [Fact]
    public void The_newest_stalls_are_remembered_however_many_there_were()
    {
        Beat([.. Enumerable.Range(1, 2000).Select(i => i * 100)]);
        Assert.Equal(20_000, Between(180_000, 200_000));
    }

    private int Between(int from, int to) => (int)_stalls.Between(TimeSpan.FromMilliseconds(from), TimeSpan.FromMilliseconds(to)).TotalMilliseconds;

    private void Beat(params int[] at) => Array.ForEach(at, ms => _stalls.Beat(TimeSpan.FromMilliseconds(ms)));
}
