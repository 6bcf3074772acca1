using System.Globalization;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>One replica as the fleet knows it.</summary>
/// <param name="Version">Of the product.</param>
/// <param name="Key">What it holds, as a place in the order of statuses.</param>
/// <param name="ReachedMicros">When it first said that it holds this, by Redis' clock.</param>
/// <param name="SilentMs">Since its last sign of life, by Redis' clock.</param>
public sealed record ReplicaState(string Id, string Name, string Version, string Key, long ReachedMicros, long SilentMs)
{
    internal const long LivesMs = 3000;

    /// <summary>Three of the slowest beats: one may be lost, and one may be late.</summary>
    public bool IsLive => SilentMs < LivesMs;

    public long Generation => StatusOrder.GenerationOf(Key);

    public long Revision => StatusOrder.RevisionOf(Key);

    /// <param name="text">Seen ms, reached µs, key, and version and name as JSON; as the script writes it.</param>
    /// <returns>Null for what cannot be read.</returns>
    internal static ReplicaState? TryRead(string id, string text, long nowMicros)
    {
        var parts = text.Split('|', 4);
        return parts.Length == 4
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seen)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var reached)
            && StoreJson.TryRead<About>(parts[3]) is { } about
            ? new ReplicaState(id, about.Name, about.Version, parts[2], reached, Math.Max(0, nowMicros / 1000 - seen))
            : null;
    }

    internal sealed record About(string Name, string Version);
}
