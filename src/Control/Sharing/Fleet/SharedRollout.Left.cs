using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>
/// What an attempt counts after another has begun here: its last requests end, and its streams are cut, only then. Whoever rolled it back
/// writes down who had met it on all replicas.
/// </summary>
internal sealed partial class SharedRollout
{
    /// <summary>With what Redis has of each.</summary>
    private readonly Dictionary<Generation, Tally> _left = [];

    private async Task TellLeftAsync()
    {
        if (_isForeign)
        {
            return;
        }

        foreach (var ended in live.Outlived())
        {
            _left.TryAdd(ended, default);
        }

        foreach (var (ended, told) in _left.ToList())
        {
            // Before its sums: a request leaves after it was counted.
            var isOver = ended.InFlight(Arm.Canary) == 0;
            if (ended.Own is { } counted && counted != told)
            {
                await fleet.Store.TellLastAsync(live.Name, ended, counted);
                _left[ended] = counted;
            }

            if (isOver)
            {
                _left.Remove(ended);
            }
        }
    }
}
