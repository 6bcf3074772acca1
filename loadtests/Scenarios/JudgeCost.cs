using Snapback.Control.Analysis;
using Snapback.LoadTests.Micro;

namespace Snapback.LoadTests.Scenarios;

/// <summary>What one response costs, alone and with a second thread at the same detector or judge.</summary>
internal static class JudgeCost
{
    public const string DetectorGood = "detector, good";
    public const string DetectorBad = "detector, bad";
    public const string JudgeBad = "whole judge, one bad of each arm";
    public const int Rounds = CallCost.Rounds;

    // Some 30 ms a round: long against a time slice taken by somebody else, short enough for many rounds.
    private const int Goods = 5_000_000;
    private const int Bads = 100_000;

    // A bad response after no good one would skip the exponentials. 1 in 500 is a failure rate of 0.2 %, without alarm.
    private const int GoodPerBad = 499;

    // One failure of each arm is what this weight leads to expect, so that the comparison with stable does not alarm.
    private const double Weight = 0.5;

    public static List<CallCost.Row> Measure() =>
        [.. from threads in (int[])[1, 2] from row in Measure(threads) select row];

    private static List<CallCost.Row> Measure(int threads)
    {
        var detector = new Detector(DetectorSettings.For(JudgeDetection.Budget, JudgeDetection.Balanced));
        var judge = new Judge(JudgeSettings.For(JudgeDetection.Balanced, JudgeDetection.Budget));
        return
        [
            CallCost.Median(DetectorGood, threads, Goods, count =>
            {
                for (var i = 0; i < count; i++)
                {
                    detector.Good();
                }
            }),
            CallCost.Median(DetectorBad, threads, Bads, count =>
            {
                for (var i = 0; i < count; i++)
                {
                    detector.Good(GoodPerBad);
                    detector.Bad(TimeSpan.Zero);
                }
            }),
            CallCost.Median("whole judge, good", threads, Goods, count =>
            {
                for (var i = 0; i < count; i++)
                {
                    judge.CanaryGood();
                }
            }),
            CallCost.Median(JudgeBad, threads, Bads, count =>
            {
                for (var i = 0; i < count; i++)
                {
                    judge.StableGood(GoodPerBad);
                    judge.StableFailed(TimeSpan.Zero, Weight);
                    judge.CanaryGood(GoodPerBad);
                    judge.CanaryFailed(TimeSpan.Zero, Weight);
                }
            }),
        ];
    }
}
