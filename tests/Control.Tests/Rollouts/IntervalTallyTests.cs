using CsCheck;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>The three ways to count failed checks, each against its definition.</summary>
public sealed class IntervalTallyTests
{
    private static readonly Gen<bool[]> Checks = Gen.Bool.Array[0, 40];

    [Fact]
    public void Five_bad_minutes_with_a_good_one_between_break_only_the_cumulative_rule()
    {
        bool[] minutes = [true, true, true, true, false, true];

        Assert.Equal(5, FirstBreak(new IntervalRule(IntervalRuleKind.Cumulative, 5), minutes));
        Assert.Null(FirstBreak(new IntervalRule(IntervalRuleKind.Consecutive, 5), minutes));
        Assert.Equal(5, FirstBreak(new IntervalRule(IntervalRuleKind.OutOf, 5, 6), minutes));
    }

    [Fact]
    public void Consecutive_is_a_run() => Gen.Select(Checks, Gen.Int[1, 6]).Sample((checks, n) =>
        FirstBreak(new IntervalRule(IntervalRuleKind.Consecutive, n), checks)
        == First(checks.Length, i => i + 1 >= n && checks[(i + 1 - n)..(i + 1)].All(bad => bad)));

    [Fact]
    public void Cumulative_is_a_sum() => Gen.Select(Checks, Gen.Int[1, 6]).Sample((checks, n) =>
        FirstBreak(new IntervalRule(IntervalRuleKind.Cumulative, n), checks)
        == First(checks.Length, i => checks[..(i + 1)].Count(bad => bad) >= n));

    [Fact]
    public void M_of_n_is_a_sum_over_the_last_n() => Gen.Select(Checks, Gen.Int[1, 6], Gen.Int[0, 6]).Sample((checks, m, more) =>
        FirstBreak(new IntervalRule(IntervalRuleKind.OutOf, m, m + more), checks)
        == First(checks.Length, i => checks[Math.Max(0, i + 1 - m - more)..(i + 1)].Count(bad => bad) >= m));

    private static int? FirstBreak(IntervalRule rule, bool[] checks)
    {
        var tally = new IntervalTally(rule);
        return First(checks.Length, i =>
        {
            tally.Add(checks[i]);
            return tally.IsBroken;
        });
    }

    private static int? First(int count, Func<int, bool> holds)
    {
        for (var i = 0; i < count; i++)
        {
            if (holds(i))
            {
                return i;
            }
        }

        return null;
    }
}
