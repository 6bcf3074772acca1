using System.Collections.Concurrent;

namespace Snapback.Journeys.Fleet;

/// <summary>
/// Looks at every replica all the time and remembers what it showed. Afterwards it says whether any of them ever did what none may:
/// give traffic to a version that was rolled back, or go up to what nobody committed.
/// </summary>
internal sealed class Witness : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<(int Replica, Status Seen)> _sightings = new();
    private readonly List<Task> _watching = [];

    public void Watch(IReadOnlyList<SnapbackProcess> replicas)
    {
        for (var i = _watching.Count; i < replicas.Count; i++)
        {
            var (index, replica) = (i, replicas[i]);
            _watching.Add(Task.Run(() => WatchAsync(index, replica)));
        }
    }

    public int Sightings => _sightings.Count;

    /// <summary>Every weight above 0 that any replica gave its canary, and by which commit.</summary>
    public IEnumerable<(long Generation, long Revision, decimal Weight)> Shown =>
        _sightings.Where(sighting => sighting.Seen.Weight > 0).Select(sighting => (sighting.Seen.Generation, sighting.Seen.Revision, sighting.Seen.Weight));

    /// <summary>The rules that hold for every history of a fleet; each broken one in a sentence.</summary>
    public IReadOnlyList<string> Broken()
    {
        var broken = new List<string>();
        foreach (var group in _sightings.GroupBy(sighting => sighting.Replica))
        {
            Status? before = null;
            var aborted = new HashSet<long>();
            foreach (var (_, seen) in group)
            {
                if (seen.IsRolledBack)
                {
                    aborted.Add(seen.Generation);
                }
                else if (aborted.Contains(seen.Generation) && seen.Weight > 0)
                {
                    broken.Add($"r{group.Key + 1} gave traffic to generation {seen.Generation} again, which it had rolled back: {seen.Place}");
                }

                if (before is not null && seen.Weight > before.Weight && (seen.Generation, seen.Revision).CompareTo((before.Generation, before.Revision)) <= 0)
                {
                    broken.Add($"r{group.Key + 1} went from {before.Place} up to {seen.Place} without a commit");
                }

                before = seen;
            }
        }

        // One commit, one content: two replicas that show the same place must show the same weight.
        broken.AddRange(
            from place in _sightings
                .Where(sighting => sighting.Seen is { IsRolledBack: false, IsUnrecorded: false })
                .GroupBy(sighting => (sighting.Seen.Generation, sighting.Seen.Revision))
            let weights = place.Select(sighting => sighting.Seen.Weight).Distinct().ToList()
            where weights.Count > 1
            select $"{place.Key} was shown with weights {string.Join(" and ", weights)}");
        return broken;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_watching);
    }

    private async Task WatchAsync(int index, SnapbackProcess replica)
    {
        while (!_stop.IsCancellationRequested && !replica.Process.HasExited)
        {
            try
            {
                _sightings.Enqueue((index, await replica.StatusAsync()));
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or InvalidOperationException or ObjectDisposedException)
            {
                // Killed, frozen or starting: nothing seen.
            }

            await Task.Delay(20);
        }
    }
}
