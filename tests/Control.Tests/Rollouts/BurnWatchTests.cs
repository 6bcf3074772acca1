using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

public sealed class BurnWatchTests
{
    private static readonly BurnRule Fast = new(TimeSpan.FromMinutes(5), null, 14.4, null, OnlyNotifies: false);
    private static readonly BurnRule Relative = new(TimeSpan.FromMinutes(5), null, null, 10, OnlyNotifies: false);
    private static readonly BurnRule Pair = new(TimeSpan.FromHours(1), TimeSpan.FromMinutes(5), 14.4, null, OnlyNotifies: false);

    [Fact]
    public void A_burn_above_the_factor_fires_and_says_both_arms()
    {
        var sentence = Watch(Fast, (0, 1000), (2, 100)).Fires(Fast)?.Sentence;

        Assert.Equal(
            "The canary burns its error budget of 0.1% faster than 14.4× the allowed speed: over 5m: 2 of 100 failed, 20× (stable 0×)",
            sentence);
        Assert.Null(Watch(Fast, (0, 1000), (2, 200)).Fires(Fast));
    }

    [Theory]
    [InlineData(2, 9)]
    [InlineData(1, 20)]
    public void Too_few_events_or_one_failure_say_nothing(long failures, long responses) =>
        Assert.Null(Watch(Fast, (0, 1000), (failures, responses)).Fires(Fast));

    [Theory]
    [InlineData(50, 1000, 6, 100, true)]
    [InlineData(50, 1000, 20, 100, false)]
    [InlineData(1, 1000, 6, 100, false)]
    [InlineData(7, 1000, 2, 100, false)]
    [InlineData(8, 1000, 2, 100, true)]
    public void What_stable_burns_as_well_is_blamed_on_nobody_unless_the_canary_has_clearly_more(
        long stableFailures, long stable, long failures, long canary, bool isShared) =>
        Assert.Equal(isShared, Watch(Fast, (stableFailures, stable), (failures, canary)).Fires(Fast)!.Value.IsShared);

    [Theory]
    [InlineData(10, 1000, 20, 100, true)]
    [InlineData(50, 1000, 20, 100, false)]
    [InlineData(0, 1000, 3, 100, true)]
    [InlineData(0, 10, 20, 100, false)]
    public void Relative_to_stable_is_ten_times_what_stable_burns(long stableFailures, long stable, long failures, long canary, bool fires) =>
        Assert.Equal(fires, Watch(Relative, (stableFailures, stable), (failures, canary)).Fires(Relative) is not null);

    [Fact]
    public void A_pair_stops_firing_when_its_short_window_is_clean()
    {
        var watch = new BurnWatch(new BurnRate(0.001, [Pair], 10));
        watch.Add(TimeSpan.Zero, default, default);
        watch.Add(TimeSpan.FromMinutes(1), default, new BurnCounts(50, 1000));
        Assert.NotNull(watch.Fires(Pair));

        for (var minute = 2; minute < 10; minute++)
        {
            watch.Add(TimeSpan.FromMinutes(minute), default, new BurnCounts(50, 1000 * minute));
        }

        Assert.Null(watch.Fires(Pair));
    }

    [Fact]
    public void What_fires_is_timed_from_the_first_failure_in_its_shortest_window()
    {
        var watch = new BurnWatch(new BurnRate(0.001, [Pair], 10));
        for (var minute = 0; minute <= 20; minute++)
        {
            watch.Add(TimeSpan.FromMinutes(minute), default, new BurnCounts(minute switch { < 3 => 0, < 18 => 10, _ => 30 * (minute - 17) }, 100 * minute));
        }

        Assert.Equal(TimeSpan.FromMinutes(18), watch.Fires(Pair)?.Since);
    }

    private static BurnWatch Watch(BurnRule rule, (long Failures, long Responses) stable, (long Failures, long Responses) canary)
    {
        var watch = new BurnWatch(new BurnRate(0.001, [rule], 10));
        watch.Add(TimeSpan.Zero, default, default);
        watch.Add(TimeSpan.FromMinutes(1), new BurnCounts(stable.Failures, stable.Responses), new BurnCounts(canary.Failures, canary.Responses));
        return watch;
    }
}
