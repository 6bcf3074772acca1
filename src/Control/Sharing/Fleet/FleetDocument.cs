using System.Globalization;
using Snapback.Control.Rollouts;
using StackExchange.Redis;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>One rollout as Redis has it, believed only as far as it can be read.</summary>
/// <param name="Key">Its place in the order of statuses; of a rollout that was deleted, the last one it had.</param>
/// <param name="Writes">How often it was written: also tells apart two documents of one key (late counts).</param>
/// <param name="Content">Null unless readable.</param>
internal sealed record FleetDocument(string Key, long Writes, DocumentState State, SharedContent? Content)
{
    /// <summary>The layout that this version of the product writes.</summary>
    private const int Version = 1;

    /// <summary>When it was made where there was none, in µs of Redis' clock; 0 where an older version made it.</summary>
    public long BornMicros { get; private init; }

    /// <param name="fields">key, writes, deleted, version, plan, status, born, as the scripts return them.</param>
    public static FleetDocument Read(string name, RedisResult[] fields, SharedContent? known) =>
        ReadState(name, fields, known) with { BornMicros = Number(fields[6]) ?? 0 };

    private static FleetDocument ReadState(string name, RedisResult[] fields, SharedContent? known)
    {
        var (key, deleted, plan, status) = (Text(fields[0]), Text(fields[2]), Text(fields[4]), Text(fields[5]));
        var writes = Number(fields[1]) ?? 0;
        if (Number(fields[3]) > Version)
        {
            return new FleetDocument(key, writes, DocumentState.Newer, null);
        }

        if (plan.Length == 0 && status.Length == 0)
        {
            return key.Length > 0 || deleted.Length == 0
                ? new FleetDocument(key, writes, key.Length > 0 ? DocumentState.Same : DocumentState.Absent, null)
                : new FleetDocument(deleted, writes, DocumentState.Deleted, null);
        }

        var said = StoreJson.TryRead<RolloutStatus>(status);
        if (said is null && StoreJson.TryRead<StatusPlace>(status) == new StatusPlace(name, StatusOrder.GenerationOf(key), StatusOrder.RevisionOf(key)))
        {
            return new FleetDocument(key, writes, DocumentState.Newer, null);
        }

        if (said is null || said.Name != name || StatusOrder.Key(said) != key)
        {
            return new FleetDocument(key, writes, DocumentState.Corrupt, null);
        }

        return SharedContent.TryRead(name, plan, said, known) is { } content
            ? new FleetDocument(key, writes, DocumentState.Readable, content)
            : new FleetDocument(key, writes, SharedContent.IsWhole(plan) ? DocumentState.Newer : DocumentState.Corrupt, null);
    }

    private static string Text(RedisResult field) => (string?)field ?? "";

    private static long? Number(RedisResult field) =>
        long.TryParse(Text(field), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>What is read of a status that has a value of which this version does not know: that it stands under the key it says is no accident.</summary>
internal sealed record StatusPlace(string Name, long Generation, long Revision);

internal enum DocumentState
{
    Absent,

    /// <summary>Up to the generation of its key.</summary>
    Deleted,

    /// <summary>What the asker has.</summary>
    Same,
    Readable,

    /// <summary>Not what any version of the product writes: as good as absent, and said.</summary>
    Corrupt,

    /// <summary>Written by a newer version, of another layout or with a plan or a status that says what this one does not know: left alone.</summary>
    Newer,
}
