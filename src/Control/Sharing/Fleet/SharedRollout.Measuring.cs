using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>How many there are, how long a rollback took to reach them, and what holds while they are not heard.</summary>
internal sealed partial class SharedRollout
{
    private Decision? _decision;

    private void Measure(Beat beat)
    {
        var alive = beat.Replicas.Where(replica => replica.IsLive).ToList();
        fleet.Metrics.Replicas(live.Name, alive.Count);
        var key = StatusOrder.Key(live.Status);
        if (_decision?.Generation != live.Status.Generation)
        {
            // Who holds the next generation says when it took that up, and no longer when it was at 0.
            _decision = null;
        }

        if (_decision is { } decision && alive.Count > 0 && alive.TrueForAll(replica => string.CompareOrdinal(replica.Key, key) >= 0))
        {
            _decision = null;
            var decidedAt = _clock.ServerMicros(decision.At);
            var spread = Math.Max(0, alive.Max(replica => replica.ReachedMicros) - decidedAt) / 1000.0;
            live.Spread(decision.Generation, Math.Round(spread, 2));
            fleet.Spread(live, spread);
        }
    }

    private void Isolate()
    {
        if (!IsAlone)
        {
            return;
        }

        if (Silence.TotalMilliseconds > ReplicaState.LivesMs)
        {
            fleet.Metrics.Replicas(live.Name, 1);
        }

        live.Generation.Pool?.DecideAlone(Replicas.Count(replica => replica.IsLive));
        if (fleet.Options.StableAfter is { } after && Silence > after && !live.Withheld)
        {
            live.Withhold(true);
            fleet.LogIsolated(live.Name, Silence.TotalMilliseconds);
        }
    }

    private sealed record Decision(long Generation, TimeSpan At);
}
