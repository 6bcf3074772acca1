using System.IO.Hashing;
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
            ledger.Count(Hash(i % users), 10, TimeSpan.FromMinutes(30));
        }

        var exposure = ledger.Of(Now)!;
        Assert.Equal((2L * users, 20L * users), (exposure.Requests, exposure.Bytes));
        Assert.InRange(exposure.Users, users * (1 - off), users * (1 + off));
    }

    [Fact]
    public void From_and_to_are_the_first_and_the_last_and_looking_again_does_not_move_them()
    {
        var ledger = new ExposureLedger();
        Assert.Null(ledger.Of(Now));
        ledger.Count(Hash(1), 0, TimeSpan.FromMinutes(10));
        ledger.Count(Hash(2), 0, TimeSpan.FromMinutes(50));
        var exposure = ledger.Of(Now)!;
        Assert.Equal((Now.Wall - TimeSpan.FromMinutes(50), Now.Wall - TimeSpan.FromMinutes(10)), (exposure.From, exposure.To));

        // The wall clock was set in between.
        Assert.Equal(exposure, ledger.Of(new Moment(Now.Wall + TimeSpan.FromHours(9), Now.Monotonic + TimeSpan.FromSeconds(1))));
    }

    private static ulong Hash(int user) => XxHash3.HashToUInt64(BitConverter.GetBytes(user));
}
