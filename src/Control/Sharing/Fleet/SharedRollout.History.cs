using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>What Redis lost of the history comes back from the journals, each replica's part from its own.</summary>
internal sealed partial class SharedRollout
{
    /// <summary>How far a replica's first beat looks back, in microseconds: others may have found Redis empty, and filled it, before it came.</summary>
    private const long JustBefore = 60_000_000;

    /// <summary>By how much the clocks of two Redis servers may differ, in microseconds; a recall too many does no harm.</summary>
    private const long Skew = 1_000_000;

    private long? _seenMicros;

    /// <summary>Writes the journal's lines back where Redis is empty, or has a document that was made since this replica's last beat.</summary>
    private async Task RecallAsync(FleetDocument document, long micros)
    {
        if (live.Unstored(fleet.Now) is var (status, stored) && StatusOrder.Key(status) != StatusOrder.Key(stored))
        {
            // Its line may get a later revision on the way to Redis, and would stand there with both.
            return;
        }

        if (document.State == DocumentState.Absent || document.BornMicros > (_seenMicros ?? micros - JustBefore) - Skew)
        {
            await fleet.Store.RecallAsync(live.Status);
        }

        _seenMicros = micros;
    }
}
