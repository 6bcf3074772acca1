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
            live.Follow(status.Generation, beside);
            await fleet.KeepAsync(SharedContent.Of(live));
            Wake();
        }
    }

    private HistoryEntry EntryOf(RolloutStatus before, RolloutStatus status)
    {
        var (kind, sentence) = Announcement.Of(live.Plan, before, status);
        return HistoryEntry.Of(kind, status, status.ChangedAt(before, fleet.Time.GetUtcNow()), sentence);
    }
}
