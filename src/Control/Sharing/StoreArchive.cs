using System.Text.Json;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>Everything a store has, as one JSON document: how rollouts move from one store to another, and a copy that can be kept.</summary>
public sealed record StoreArchive(int Snapback, IReadOnlyList<ArchivedRollout> Rollouts)
{
    /// <summary>The layout that this version reads and writes.</summary>
    public const int Layout = 1;

    private static readonly JsonSerializerOptions Pretty = new(StoreJson.Options) { WriteIndented = true };

    public string ToJson() => JsonSerializer.Serialize(this, Pretty);

    /// <param name="problem">Why it cannot be used, in one sentence.</param>
    /// <returns>Null if anything in it cannot be read; a part of an archive is no archive.</returns>
    public static StoreArchive? TryRead(string json, out string problem)
    {
        problem = "It is no archive of 'snapback store export'.";
        if (StoreJson.TryRead<StoreArchive>(json) is not { Rollouts: not null } archive)
        {
            return null;
        }

        if (archive.Snapback != Layout)
        {
            problem = $"It has layout {archive.Snapback} and this version reads {Layout}. Export it with this version.";
            return null;
        }

        foreach (var rollout in archive.Rollouts)
        {
            if (rollout is not { Name: not null, Status: not null, History: not null } || rollout.Status.Name != rollout.Name
                || !PlanReader.FromYaml(rollout.Plan.GetRawText(), defaults: new PlanDefaults(rollout.Name)).IsValid)
            {
                problem = $"Rollout '{rollout?.Name}' in it cannot be read: its plan or its status is damaged.";
                return null;
            }
        }

        return archive;
    }

    /// <exception cref="StoreUnavailableException">The store cannot be read, or has something that this version cannot.</exception>
    public static async Task<StoreArchive> OfAsync(EmbeddedStore store)
    {
        var rollouts = new List<ArchivedRollout>();
        foreach (var stored in await store.LoadAsync())
        {
            rollouts.Add(ArchivedRollout.Of(stored, await store.HistoryAsync(stored.Name, int.MaxValue)));
        }

        return new StoreArchive(Layout, rollouts);
    }

    /// <summary>Joins it into a store: what that has newer stays.</summary>
    public async Task RestoreAsync(EmbeddedStore store)
    {
        foreach (var rollout in Rollouts)
        {
            await store.RestoreAsync(rollout.CanonicalPlan, rollout.Status, rollout.History);
        }
    }
}

/// <param name="History">Newest first.</param>
public sealed record ArchivedRollout(string Name, JsonElement Plan, RolloutStatus Status, IReadOnlyList<HistoryEntry> History)
{
    internal string CanonicalPlan => PlanWriter.ToJson(PlanReader.FromYaml(Plan.GetRawText(), defaults: new PlanDefaults(Name)).Plan!);

    internal static ArchivedRollout Of(StoredRollout stored, IReadOnlyList<HistoryEntry> history) => (stored.Untold ?? stored.Status) is { } status
        ? new ArchivedRollout(stored.Name, JsonSerializer.Deserialize<JsonElement>(stored.Plan), status, history)
        : throw new StoreUnavailableException(
            $"Rollout '{stored.Name}' has a status that this version cannot read. Export with the version that wrote it.", new JsonException());
}
