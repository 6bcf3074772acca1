using Snapback.Control.Sharing.Fleet;
using Xunit;

namespace Snapback.Control.Tests.Sharing.Fleet;

public sealed class FleetClockTests
{
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(100);

    [Fact]
    public void The_age_of_a_message_is_told_by_the_servers_clock()
    {
        var clock = Clock(serverMicros: 5_000_000);
        Assert.Equal(TimeSpan.FromMilliseconds(3), clock.Age(4_997_000, Now));
        Assert.Equal(TimeSpan.FromMilliseconds(5), clock.Age(4_997_000, Now + TimeSpan.FromMilliseconds(2)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(5_000_001L)]
    [InlineData(3_900_000L)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void A_time_that_is_missing_in_the_future_or_long_ago_says_nothing(long? countedMicros) =>
        Assert.Equal(TimeSpan.Zero, Clock(serverMicros: 5_000_000).Age(countedMicros, Now));

    [Fact]
    public void Before_the_server_has_answered_no_age_is_known() =>
        Assert.Equal(TimeSpan.Zero, new FleetClock(TimeProvider.System).Age(1, Now));

    private static FleetClock Clock(long serverMicros)
    {
        var clock = new FleetClock(new Standing());
        clock.Learn(serverMicros, Now);
        return clock;
    }

    /// <summary>Always at the same moment.</summary>
    private sealed class Standing : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
