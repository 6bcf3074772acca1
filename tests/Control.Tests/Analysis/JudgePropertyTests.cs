using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>What holds for every sequence, clock and weight, and what a judge owes the request it is called from.</summary>
public sealed class JudgePropertyTests
{
    private const int Operations = 12;
    private const int CanaryFails = Operations - 1;

    private static readonly Gen<double> Weights = Gen.OneOf(0, 0.0001, 0.05, 0.5, 0.9999, 1);

    private static readonly Gen<TimeSpan> HostileClock =
        Gen.OneOf(TimeSpan.MinValue, TimeSpan.MaxValue, TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(-30));

    private static readonly Gen<JudgeSettings> AnySettings =
        from errors in Gen.OneOf(1e-6, 1e-4, 0.005, 0.5)
        from alpha in Gen.OneOf(1e-2, 1e-3, 1e-7)
        from ratio in Gen.OneOf(1d, 2, 1000)
        from inARow in Gen.OneOf(0, 1, 5)
        select new JudgeSettings(new(errors, alpha, 1), new(0.05, alpha, 1))
        {
            MaxRatioToStable = ratio,
            RelativeAlpha = alpha,
            LatencyRatioToStable = 1.2,
            ConsecutiveFailures = inARow == 0 ? null : inARow,
        };

    private static readonly Gen<(int, int, TimeSpan, double)[]> AnySequence =
        Gen.Select(Gen.Int[0, Operations - 1], Gen.OneOf(1, 7, 100_000), HostileClock, Weights).Array[0, 100];

    [Fact]
    public void Nothing_read_from_it_is_ever_not_a_number() =>
        Gen.Select(AnySettings, AnySequence).Sample((settings, sequence) =>
        {
            var judge = new Judge(settings);
            foreach (var step in sequence)
            {
                var ruling = Apply(judge, step);
                Assert.True(double.IsFinite(ruling.Level));
                Assert.True(ruling.Stretch.Failures <= ruling.Stretch.Responses);
                Assert.InRange(judge.Meter, 0, 1);
                Assert.True(judge.Readiness.MissingResponses >= 0);
                Assert.True(ruling.Stable is not { } stable || (stable.Failures >= 0 && stable.Failures <= stable.Responses));
            }
        });

    [Fact]
    public void Ten_million_good_responses_and_a_few_bad_ones_keep_it_finite()
    {
        var judge = new Judge(JudgeSettings.For(1e-3, 0.005, 0.05));
        for (var i = 0; i < 100; i++)
        {
            judge.CanaryGood(100_000);
            judge.CanaryFast(100_000);
            judge.StableGood(100_000);
            judge.CanaryFailed(TimeSpan.FromSeconds(i), 0.0001);
            judge.StableFailed(TimeSpan.FromSeconds(i), 0.9999);
            Assert.True(double.IsFinite(judge.Errors!.Level) && double.IsFinite(judge.Relative!.Level));
        }

        Assert.True(judge.Readiness.Proved);
    }

    [Fact]
    public void A_failure_of_the_canarys_never_lowers_the_meter() =>
        Gen.Select(AnySettings, AnySequence, Weights).Sample((settings, sequence, weight) =>
        {
            var judge = new Judge(settings);
            Array.ForEach(sequence, step => Apply(judge, step));
            var before = judge.Meter;
            judge.CanaryFailed(TimeSpan.Zero, weight);
            Assert.True(judge.Meter >= before - 1e-12);
        });

    [Fact]
    public void A_failure_lowers_the_canary_if_its_ruling_ends_it_and_the_ruling_is_the_same_for_that() =>
        Gen.Select(
            AnySettings,
            Gen.Select(
                Gen.OneOf(0, 1, 4, 5, 7, 8, CanaryFails, CanaryFails, CanaryFails),
                Gen.OneOf(1, 7, 100_000),
                HostileClock,
                Weights).Array[0, 100]).Sample((settings, sequence) =>
        {
            var (lowering, plain) = (new Judge(settings), new Judge(settings));
            foreach (var step in sequence)
            {
                var asked = 0;
                var ruling = Apply(lowering, step, () => asked++ == 0);
                Assert.Equal(Apply(plain, step), ruling with { Lowered = false });
                Assert.Equal((step.Item1 == CanaryFails && ruling.EndsCanary, asked > 0), (ruling.Lowered, ruling.Lowered));
            }
        });

    [Fact]
    public void No_call_allocates()
    {
        var judge = new Judge(JudgeSettings.For(1e-3, 0.005, 0.05) with { LatencyRatioToStable = 1.2 });
        Assert.Equal(0, Allocated.Bytes(500, () => Exercise(judge)));
    }

    [Fact]
    public void Concurrent_responses_are_all_counted()
    {
        const int rounds = 50_000;
        var judge = new Judge(JudgeSettings.For(1e-3, 0.005, 0.05));
        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < rounds; i++)
            {
                judge.CanaryGood();
                if (i % 50 == 0)
                {
                    judge.CanaryFailed(TimeSpan.FromMilliseconds(i), 0.05);
                    judge.StableFailed(TimeSpan.FromMilliseconds(i), 0.2);
                    judge.Tick(TimeSpan.FromMilliseconds(i));
                }
            }
        });
        Assert.Equal((4 * rounds * 51 / 50, 4 * rounds / 50), (judge.Errors!.Responses, judge.Errors.Failures));
        Assert.Equal((2 * 4 * rounds / 50, 4 * rounds / 50), (judge.Relative!.Failures, judge.Relative.OfCanary));
    }

    private static void Exercise(Judge judge)
    {
        for (var operation = 0; operation < Operations; operation++)
        {
            Apply(judge, (operation, 3, TimeSpan.FromSeconds(operation), 0.05));
        }

        Assert.True(judge.Meter >= 0 && judge.Readiness.MissingResponses >= 0);
    }

    private static Ruling Apply(Judge judge, (int Operation, int Count, TimeSpan Now, double Weight) step, Func<bool>? lower = null)
    {
        var (operation, count, now, weight) = step;
        switch (operation)
        {
            case 0: judge.CanaryGood(count); break;
            case 1: judge.StableGood(count); break;
            case 2: judge.CanaryFast(count); break;
            case 3: judge.StableFast(count); break;
            case 4: judge.StableFailed(now, weight, byCoin: true, client: (ulong)count); break;
            case 5: judge.StableSlow(now, weight); break;
            case 6: judge.StableLatency(now, weight); break;
            case 7: judge.RaiseLoad(); break;
            case 8: return judge.CanarySlow(now, weight);
            case 9: return judge.CanaryLatency(now, now, weight);
            case 10: return judge.Tick(now);
            default: return judge.CanaryFailed(now, weight, byCoin: count != 7, lower: lower);
        }

        return default;
    }
}
