using Prometheus;

namespace Snapback.Control.Telemetry;

/// <summary>A deleted rollout has no state any more. What it counted stays, as counters do, while it is one of the newest.</summary>
public sealed partial class RolloutMetrics
{
    /// <summary>
    /// How many deleted rollouts' series are kept. Without a limit the scrape of an operator who gives each release a rollout of its own would
    /// grow for ever.
    /// </summary>
    internal const int DeletedKept = 100;

    /// <summary>Oldest first.</summary>
    private readonly List<string> _deleted = [];

    private void ForgetDeleted()
    {
        _deleted.RemoveAll(_seen.ContainsKey);
        foreach (var name in _seen.Keys.Where(name => !_board.TryGet(name, out _)).ToList())
        {
            _seen.Remove(name);
            _deleted.Add(name);
            Array.ForEach([_weight, _phase, _generation, _inFlight, _evidence, _replicas, _burn], gauge => Remove(gauge, name));
        }

        foreach (var name in _deleted.SkipLast(DeletedKept))
        {
            Array.ForEach([_requests, _rollbacks, _victims, _missed, _drills, _shielded, _hedged, _copies, _cut], counter => Remove(counter, name));
            Remove(_durations, name);
            Remove(_drilled, name);
        }

        _deleted.RemoveRange(0, Math.Max(0, _deleted.Count - DeletedKept));
    }

    private static void Remove<T>(Collector<T> series, string rollout)
        where T : ChildBase
    {
        foreach (var labels in series.GetAllLabelValues().Where(labels => labels[0] == rollout).ToList())
        {
            series.RemoveLabelled(labels);
        }
    }
}
