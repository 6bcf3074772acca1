using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>The combination table, row by row.</summary>
public sealed class SignalsTests
{
    private static readonly Gen<Signals> Any =
        from alarm in Gen.OneOf(Cause.None, Cause.Errors, Cause.Latency)
        from relative in Gen.OneOf(Cause.None, Cause.Relative, Cause.RelativeLatency)
        from flags in Gen.Bool.Array[6]
        select new Signals(alarm, flags[0], flags[1], relative, flags[2], flags[3], flags[4], flags[5]);

    [Fact]
    public void Quiet_tests_ask_for_nothing() => Assert.Equal(Cause.None, default(Signals).Cause);

    [Fact]
    public void A_sick_stable_alone_asks_nothing_of_the_canary() =>
        Assert.Equal(Cause.None, new Signals(StableAlarms: true, GraceOver: true).Cause);

    [Fact]
    public void An_alarm_of_the_canarys_own_is_blamed_on_it_whatever_else_is_known() => Any.Sample(any =>
    {
        Assert.Equal(Cause.Errors, (any with { Alarm = Cause.Errors, Blamed = true, InARow = false }).Cause);
        Assert.Equal(Cause.Latency, (any with { Alarm = Cause.Latency, Blamed = true, InARow = false }).Cause);
    });

    [Fact]
    public void A_canary_worse_than_stable_is_blamed_also_when_both_break_the_limit() => Any.Sample(any =>
    {
        Assert.Equal(Cause.Relative, (any with { Blamed = false, Relative = Cause.Relative, InARow = false }).Cause);
        Assert.Equal(Cause.RelativeLatency, (any with { Blamed = false, Relative = Cause.RelativeLatency, InARow = false }).Cause);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_alarm_that_is_not_its_own_is_shared_until_the_grace_is_over(bool stableAlarms)
    {
        Assert.Equal(Cause.Shared, new Signals(Cause.Errors, StableAlarms: stableAlarms).Cause);
        Assert.Equal(Cause.SharedGraceOver, new Signals(Cause.Latency, StableAlarms: stableAlarms, GraceOver: true).Cause);
    }

    [Fact]
    public void An_alarm_that_nobody_shares_ends_the_canary_whatever_else_is_known() => Any.Sample(any =>
    {
        var alone = any with { Blamed = false, Unharmed = true, Relative = Cause.None, InARow = false };
        Assert.Equal((Cause.Errors, true), (alone with { Alarm = Cause.Errors }) is var errors ? (errors.Cause, errors.Provisional) : default);
        Assert.Equal((Cause.Latency, true), (alone with { Alarm = Cause.Latency }) is var latency ? (latency.Cause, latency.Provisional) : default);
    });

    [Fact]
    public void Only_an_alarm_without_proof_and_without_another_suspect_is_provisional() => Any.Sample(any =>
    {
        var row = any is { Alarm: not Cause.None, Blamed: false, Unharmed: true, Relative: Cause.None, InARow: false };
        Assert.Equal(row, any.Provisional);
        Assert.True(!any.Provisional || any.Cause == any.Alarm);
    });

    [Fact]
    public void A_spent_budget_ends_the_canary() =>
        Assert.Equal(Cause.HarmCap, new Signals(Capped: true, StableAlarms: true).Cause);

    [Fact]
    public void A_budget_spent_in_a_shared_failure_ends_the_grace_and_blames_only_if_stable_is_well()
    {
        Assert.Equal(Cause.SharedGraceOver, new Signals(Cause.Errors, Capped: true, StableAlarms: true).Cause);
        Assert.Equal(Cause.HarmCap, new Signals(Cause.Errors, Capped: true, GraceOver: true).Cause);
    }

    [Fact]
    public void Failures_in_a_row_need_no_statistics() =>
        Any.Sample(any => Assert.Equal(Cause.Consecutive, (any with { InARow = true }).Cause));

    [Fact]
    public void Only_the_withdrawal_ends_a_canary_without_blame() => Any.Sample(any =>
    {
        var ruling = new Ruling(any.Cause, default, default, 0);
        Assert.Equal(any.Cause is not (Cause.None or Cause.Shared), ruling.EndsCanary);
        Assert.Equal(ruling.EndsCanary && any.Cause != Cause.SharedGraceOver, ruling.BlamesCanary);
    });
}
