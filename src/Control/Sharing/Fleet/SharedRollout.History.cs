namespace Snapback.Control.Sharing.Fleet;

/// <summary>What Redis lost of the history comes back from the journals, each replica's part from its own.</summary>
internal sealed partial class SharedRollout
{
    /// <summary>Within this before a replica's first beat others may have found Redis empty, and begun anew.</summary>
    private const long JustBefore = 60_000_000;

    /// <summary>By how much the clocks of two Redis servers may differ; to look once too often does no harm.</summary>
    private const long Skew = 1_000_000;

    private long? _seenMicros;

    /// <summary>Once Redis is seen empty, or with a document that was made since this replica looked last.</summary>
    private async Task RecallAsync(FleetDocument document, long micros)
    {
        if (document.State == DocumentState.Absent || document.BornMicros > (_seenMicros ?? micros - JustBefore) - Skew)
        {
            await fleet.Store.RecallAsync(live.Status);
        }

        _seenMicros = micros;
    }
}
