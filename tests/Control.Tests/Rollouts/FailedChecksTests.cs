using CsCheck;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>Flagger's counter: one for all checks and hooks, at most one failure per interval, and no way back.</summary>
public sealed class FailedChecksTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>As Flagger: a tick fails if anything in it does, and the fifth failed tick is the end.</summary>
    [Fact]
    public void It_breaks_in_the_tick_in_which_Flaggers_counter_does() =>
        Gen.Select(Gen.Bool.Array[3].Array[1, 30], Gen.Int[1, 6], Gen.Int[0, 200].Array[90]).Sample((ticks, limit, late) =>
    {
        var failed = new FailedChecks(limit);
        int? broke = null;
        for (var tick = 0; tick < ticks.Length; tick++)
        {
            for (var check = 0; check < 3; check++)
            {
                if (ticks[tick][check])
                {
                    failed.Add(Interval * tick + TimeSpan.FromMilliseconds(late[tick * 3 + check]), Interval);
                }
            }

            broke ??= failed.IsBroken ? tick : null;
        }

        var flagger = ticks.Select((checks, tick) => (Fails: checks.Any(failing => failing), tick))
            .Where(each => each.Fails)
            .Skip(limit - 1)
            .Select(each => (int?)each.tick)
            .FirstOrDefault();
        return broke == flagger;
    });

    /// <summary>A hook that takes longer for its no than the interval of the check beside it.</summary>
    [Fact]
    public void What_was_asked_together_counts_once_though_one_answer_comes_intervals_later()
    {
        var failed = new FailedChecks(5);
        failed.Add(Interval * 1, Interval);
        failed.Add(Interval * 2, Interval);
        failed.Add(Interval * 3, Interval);
        failed.Add(Interval * 1.1, Interval);
        failed.Add(Interval * 3.1, Interval);
        Assert.Equal(3, failed.Count);
    }

    [Fact]
    public void Answers_that_come_at_once_count_once()
    {
        var failed = new FailedChecks(5);
        Parallel.For(0, 100, _ => failed.Add(Interval, Interval));
        Assert.Equal("1 of 5 failed checks in all", failed.ToString());
    }
}
