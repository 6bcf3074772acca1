using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Simulation;

/// <summary>
/// The comparison of both p95s takes every good answer one by one: there is no leap over what moves the cut. Drawn apart from the
/// shares that fail and are slow, so each rule meets the rates it would meet, and only their coincidence in one answer is lost.
/// </summary>
internal sealed partial class SimulatedRun
{
    private long _coldComparisons;

    private double ComparedStable => _judge.RelativeLatency is null ? 0 : _rates.StableGood;

    // In the close-up each answer has its own latency, told when it ends.
    private double ComparedCanary => _judge.RelativeLatency is null || _closeUp ? 0 : _rates.CanaryGood;

    private void CompareStable() => _judge.StableLatency(Durations.Seconds(_traffic.Latency.Draw(_dice)), Coin, Compares());

    private void CompareCanary(double seconds)
    {
        if (_judge.RelativeLatency is null || _coldComparisons-- > 0)
        {
            return;
        }

        var ruling = _judge.CanaryLatency(Durations.Seconds(seconds), Clock, Coin);
        if (ruling.Cause != Cause.None)
        {
            Flush();
            Take(ruling);
        }
    }

    private double DrawCanarys() => _traffic.Latency.Draw(_dice) * (_broken && _scenario.Fault == Fault.Slow ? Scenario.SlowerBy : 1);
}
