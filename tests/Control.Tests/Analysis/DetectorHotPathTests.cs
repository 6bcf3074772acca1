using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>What the detector owes the request it is called from.</summary>
public sealed class DetectorHotPathTests
{
    [Fact]
    public void No_call_allocates()
    {
        var detector = new Detector(DetectorSettings.For(0.005, 1e-3));
        Assert.Equal(0, Allocated.Bytes(1_000, () => Exercise(detector)));
    }

    [Fact]
    public void Concurrent_responses_are_all_counted()
    {
        const int threads = 4;

        // Long enough for the threads to run at the same time, however slowly the machine wakes them.
        const int rounds = 1_000_000;
        var detector = new Detector(DetectorSettings.For(0.005, 1e-3));
        using var start = new Barrier(threads);
        var callers = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            start.SignalAndWait();
            for (var i = 0; i < rounds; i++)
            {
                detector.Good();
                detector.Good(2);
                if (i % 100 == 0)
                {
                    detector.Bad(TimeSpan.Zero);
                }
            }
        })).ToArray();
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());

        const int failures = threads * rounds / 100;
        Assert.Equal((threads * rounds * 3 + failures, failures), (detector.Responses, detector.Failures));
        Assert.True(double.IsFinite(detector.Level));
    }

    private static void Exercise(Detector detector)
    {
        detector.Good();
        detector.Good(10);
        detector.Bad(TimeSpan.FromSeconds(1));
        detector.RaiseLoad();
        Assert.False(double.IsNaN(detector.Level + detector.Meter + detector.Responses + detector.Failures));
        detector.Explain();
    }
}
