using System.Globalization;
using Snapback.Control.Analysis;
using StackExchange.Redis;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>What one beat brings back: everything a replica must know of the others, in one answer.</summary>
/// <param name="Micros">Redis' clock.</param>
/// <param name="Fence">Of the lease, if this replica has it now.</param>
/// <param name="Evidence">Each replica's sums as of its last sign of life.</param>
/// <param name="Servers">Redis servers that follow this one; null if it was not asked.</param>
/// <param name="Gone">Keys of types that no version writes; they were taken away.</param>
internal sealed record Beat(
    long Micros,
    FleetDocument Document,
    long? Fence,
    IReadOnlyList<ReplicaState> Replicas, IReadOnlyList<(string Id, Tally Tally)> Evidence,
    int? Servers,
    string[] Gone)
{
    public static Beat Read(SharedContent known, RedisResult result)
    {
        var parts = (RedisResult[])result!;
        var micros = Number(parts[0]) ?? 0;
        return new Beat(
            micros,
            FleetDocument.Read(known.Plan.Name, (RedisResult[])parts[1]!, known),
            Number(parts[2]),
            [.. Pairs(parts[3]).Select(pair => ReplicaState.TryRead(pair.Name, pair.Value, micros)).OfType<ReplicaState>()],
            [.. from pair in Pairs(parts[4]) let tally = StoreJson.TryReadValue<Tally>(pair.Value) where tally is not null select (pair.Name, tally.Value)],
            (int?)Number(parts[5]),
            (string[])parts[6]!);
    }

    private static IEnumerable<(string Name, string Value)> Pairs(RedisResult flat) =>
        ((string[])flat!).Chunk(2).Where(pair => pair.Length == 2).Select(pair => (pair[0], pair[1]));

    private static long? Number(RedisResult field) =>
        long.TryParse((string?)field, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
