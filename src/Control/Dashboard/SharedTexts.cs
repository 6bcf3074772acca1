using System.Runtime.CompilerServices;
using System.Text.Json;
using Snapback.Control.Admin;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Dashboard;

/// <summary>
/// Rollouts as text that all streams share. A rollout is looked at and serialised once per change of its status, and for its figures once
/// per <see cref="FiguresInterval"/>, however many pages are open, and not at all while none is.
/// </summary>
internal sealed class SharedTexts(ControlPlane plane)
{
    public static readonly TimeSpan FiguresInterval = TimeSpan.FromMilliseconds(500);

    private readonly ConditionalWeakTable<LiveRollout, Cell> _full = [];
    private readonly ConditionalWeakTable<LiveRollout, Cell> _short = [];
    private long _sequence;

    /// <summary>Of the newest text. One that changes later gets a higher one.</summary>
    public long Sequence => Volatile.Read(ref _sequence);

    /// <summary>Everything about one rollout, its evidence too.</summary>
    public SharedText Full(LiveRollout live) => Of(_full.GetOrCreateValue(live), live, everything: true);

    /// <summary>A line of a list: what changes with the status, or with whether the canary is withheld here.</summary>
    public SharedText Short(LiveRollout live) => Of(_short.GetOrCreateValue(live), live, everything: false);

    private SharedText Of(Cell cell, LiveRollout live, bool everything)
    {
        lock (cell)
        {
            var now = Moment.Now(plane.Time);
            // Before the look: a change during it makes the next look look again.
            var (status, withheld) = (live.Status, live.Withheld);
            if (cell.Text is { } known
                && ReferenceEquals(cell.Status, status) && cell.Withheld == withheld
                && (!everything || now.Monotonic - cell.At < FiguresInterval))
            {
                return known;
            }

            (cell.Status, cell.Withheld, cell.At) = (status, withheld, now.Monotonic);
            var json = JsonSerializer.Serialize(
                everything ? Everything(live, now) : RolloutView.Short(status, live.Plan, withheld), JsonSerializerOptions.Web);
            return json == cell.Text?.Json ? cell.Text : cell.Text = new SharedText(Interlocked.Increment(ref _sequence), json);
        }
    }

    private object Everything(LiveRollout live, Moment now) => new
    {
        status = RolloutView.Of(live, plane),
        objectives = RolloutView.ObjectivesOf(live.Snapshot(now.Monotonic)),
    };

    private sealed class Cell
    {
        public RolloutStatus? Status { get; set; }

        public bool Withheld { get; set; }

        public TimeSpan At { get; set; }

        public SharedText? Text { get; set; }
    }
}

/// <param name="Sequence">Higher than that of every text made before.</param>
internal sealed record SharedText(long Sequence, string Json);
