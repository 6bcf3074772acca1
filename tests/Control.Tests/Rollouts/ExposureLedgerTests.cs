using System.IO.Hashing;
using Snapback.Control.Analysis;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

public sealed class ExposureLedgerTests
{
    private static readonly Moment Now = new(DateTimeOffset.UnixEpoch + TimeSpan.FromDays(1), TimeSpan.FromHours(1));

    [Theory]
    [InlineData(1, 0)]
    [InlineData(10, 0.05)]
    [InlineData(1_000, 0.05)]
    [InlineData(50_000, 0.06)]
    [InlineData(1_000_000, 0.06)]
    public void Users_are_counted_once_each_within_a_few_per_cent(int users, double off)
    {
        var ledger = new ExposureLedger();
        for (var i = 0; i < 2 * users; i++)
        {
            ledger.Meet(Hash(i % users), TimeSpan.FromMinutes(30));
            ledger.Part(10, TimeSpan.FromMinutes(30));
        }

        var exposure = ledger.Of(Now)!;
        Assert.Equal((2L * users, 20L * users), (exposure.Requests, exposure.Bytes));
        Assert.InRange(exposure.Users, users * (1 - off), users * (1 + off));
    }

    /// <summary>Whoever meets the canary at 5% has a number in the lowest twentieth, and whoever has a drawn cookie one below 10,000.</summary>
    [Theory]
    [InlineData(Bucketing.Fast)]
    [InlineData(Bucketing.FeatureManagement)]
    [InlineData(null)]
    public void Those_whom_the_draw_chose_are_counted_as_well_as_all(Bucketing? bucketing)
    {
        const int users = 2_000;
        var ledger = new ExposureLedger();
        var bucket = new UserBucket(DefaultPlan.For("shop", "a", "b") with { Bucketing = bucketing ?? Bucketing.Fast });
        for (var (i, counted) = (0, 0); counted < users; i++)
        {
            var draw = bucket.Of($"user-{i}", out var client);
            if (bucketing is null || draw < 500)
            {
                ledger.Meet(bucketing is null ? (ulong)i + 1 : client, TimeSpan.FromMinutes(30));
                counted++;
            }
        }

        Assert.InRange(ledger.Users, users * 0.95, users * 1.05);
    }

    [Fact]
    public void From_and_to_are_the_first_and_the_last_and_looking_again_does_not_move_them()
    {
        var ledger = new ExposureLedger();
        Assert.Null(ledger.Of(Now));
        ledger.Meet(Hash(1), TimeSpan.FromMinutes(10));
        ledger.Meet(Hash(2), TimeSpan.FromMinutes(20));
        ledger.Part(0, TimeSpan.FromMinutes(50));
        var exposure = ledger.Of(Now)!;
        Assert.Equal((Now.Wall - TimeSpan.FromMinutes(50), Now.Wall - TimeSpan.FromMinutes(10)), (exposure.From, exposure.To));

        // The wall clock was set in between.
        Assert.Equal(exposure, ledger.Of(new Moment(Now.Wall + TimeSpan.FromHours(9), Now.Monotonic + TimeSpan.FromSeconds(1))));
    }

    [Fact]
    public void Of_two_that_begin_in_one_moment_the_later_may_count_first()
    {
        var ledger = new ExposureLedger();
        ledger.Meet(Hash(1), TimeSpan.FromMinutes(20));
        ledger.Meet(Hash(2), TimeSpan.FromMinutes(20) - TimeSpan.FromMilliseconds(1));
        var exposure = ledger.Of(Now)!;
        Assert.Equal(exposure.From, exposure.To);
    }

    [Fact]
    public void A_rollback_tells_what_all_replicas_know_and_how_many_have_said_it()
    {
        var rig = LiveRig.Started(basisPoints: 5000);
        rig.Generation.Exposure.Meet(Hash(1), rig.Time.Monotonic);
        rig.Generation.Exposure.Part(100, rig.Time.Monotonic);
        rig.Generation.Take(
            "r2",
            default(Tally) with { CanaryGood = 7, ExposedRequests = 7, ExposedUsers = 3, ExposedBytes = 700 },
            TimeSpan.Zero,
            rig.Time.Monotonic);
        rig.Generation.Take("r3", default, TimeSpan.Zero, rig.Time.Monotonic);
        Assert.Equal(
            (1L, 1L, 100L),
            (rig.Generation.Own!.Value.ExposedRequests, rig.Generation.Own!.Value.ExposedUsers, rig.Generation.Own!.Value.ExposedBytes));
        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        rig.Generation.Take(
            "r2",
            default(Tally) with { CanaryGood = 8, ExposedRequests = 8, ExposedUsers = 4, ExposedBytes = 800 },
            TimeSpan.Zero,
            rig.Time.Monotonic);
        var exposure = rig.Now.Status.Rollback!.Exposure!;
        Assert.Equal((9L, 5L, 900L, 3), (exposure.Requests, exposure.Users, exposure.Bytes, exposure.Replicas));
    }

    private static ulong Hash(int user) => XxHash3.HashToUInt64(BitConverter.GetBytes(user));
}
