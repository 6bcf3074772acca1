using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class StretchTests
{
    [Fact]
    public void Without_a_failure_there_is_no_stretch() => Assert.Equal(default, Balanced().Explain());

    [Fact]
    public void A_canary_dead_from_the_start_is_explained_by_all_of_its_failures()
    {
        var detector = Balanced();
        Bad(detector, at: 1);
        Bad(detector, at: 2);
        Assert.Equal(new Stretch(2, 2, TimeSpan.FromSeconds(1)), detector.Explain());
    }

    [Fact]
    public void A_healthy_past_and_its_stray_failures_are_no_part_of_the_explanation()
    {
        var detector = Balanced();
        Bad(detector, at: 1);
        detector.Good(10_000);
        Bad(detector, at: 100);
        detector.Good(10_000);
        Bad(detector, at: 200);
        detector.Good(3);
        Bad(detector, at: 201);
        detector.Good(3);
        Bad(detector, at: 202);
        Assert.Equal(new Stretch(9, 3, TimeSpan.FromSeconds(200)), detector.Explain());
    }

    [Fact]
    public void It_ends_at_the_newest_failure()
    {
        var detector = Balanced();
        Bad(detector, at: 1);
        Bad(detector, at: 2);
        detector.Good(500);
        Assert.Equal(new Stretch(2, 2, TimeSpan.FromSeconds(1)), detector.Explain());
    }

    [Fact]
    public void Only_the_last_failures_are_remembered()
    {
        var detector = Balanced();
        for (var i = 1; i <= 200; i++)
        {
            Bad(detector, at: i);
        }

        Assert.Equal(new Stretch(64, 64, TimeSpan.FromSeconds(137)), detector.Explain());
    }

    [Fact]
    public void No_other_starting_failure_explains_more() =>
        Gen.Int[0, 300].Array[1, 64].Sample(runs =>
        {
            var grid = Grid.For(0.005);
            var detector = Balanced();
            var numbers = new List<long>();
            foreach (var good in runs)
            {
                if (good > 0)
                {
                    detector.Good(good);
                }

                Bad(detector, at: 0);
                numbers.Add(detector.Responses);
            }

            var stretch = detector.Explain();
            var found = Evidence.LogFromCounts(grid, stretch.Responses, stretch.Failures);
            var all = numbers.Select((number, i) => Evidence.LogFromCounts(grid, numbers[^1] - number + 1, numbers.Count - i)).SkipLast(1).ToList();
            var enough = Math.Log(1000 / 2.639 / 2);
            Assert.True(all.Count == 0 || found == (all.Max() is var most && most >= enough ? most : all[0]));
        });

    [Fact]
    public void A_slow_leak_is_not_explained_by_its_newest_failure_alone()
    {
        var detector = Balanced();
        var alarm = false;
        while (!alarm && detector.Failures < 1_000)
        {
            detector.Good(139);
            alarm = detector.Bad(TimeSpan.Zero);
        }

        Assert.True(alarm);
        Assert.Equal((64, 64 + (63 * 139)), (detector.Explain().Failures, detector.Explain().Responses));
    }

    private static Detector Balanced() => new(DetectorSettings.For(0.005, 1e-3));

    private static void Bad(Detector detector, int at) => detector.Bad(TimeSpan.FromSeconds(at));
}
