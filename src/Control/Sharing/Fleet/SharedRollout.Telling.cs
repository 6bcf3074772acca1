using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>What Redis has not, and this replica knows.</summary>
internal sealed partial class SharedRollout
{
    /// <param name="before">What stood there, if it is known: then whoever is first to tell also writes the line of history.</param>
    private async Task TellAsync(bool overwrite, RolloutStatus? before = null)
    {
        var status = live.Snapshot(fleet.Now).Status;
        var entry = before is null ? null : EntryOf(before, status);
        if (await fleet.Store.JoinFleetAsync(Known.Json, status, entry, overwrite) is { } beside)
        {
            live.MoveBehind(status.Generation, beside);
            var moved = SharedContent.Of(live);
            // With its line: if Redis is emptied now, the journal alone knows the revision that it has come to.
            await fleet.Store.KeepAsync(moved.Json, moved.Status, before is null ? null : EntryOf(before, moved.Status));
            Wake();
        }
    }

    private HistoryEntry EntryOf(RolloutStatus before, RolloutStatus status)
    {
        var (kind, sentence) = Announcement.Of(live.Plan, before, status);
        return HistoryEntry.Of(kind, status, status.ChangedAt(before, fleet.Time.GetUtcNow()), sentence);
    }
}
