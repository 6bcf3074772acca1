using System.Globalization;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using StackExchange.Redis;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>
/// The store of a fleet. Redis is where replicas agree; the embedded store of this replica is its journal, written with everything
/// that is known here, so that what was rolled back is remembered as long as one of the two is left.
/// </summary>
internal sealed partial class RedisRolloutStore : IRolloutStore
{
    /// <summary>Redis does nothing else while it puts them in order.</summary>
    private const int Recalled = 100;

    private const long TombstoneMilliseconds = 30L * 24 * 60 * 60 * 1000;

    private readonly RedisLink _link;
    private readonly FleetKeys _keys;
    private readonly EmbeddedStore _journal;
    private readonly TimeProvider _time;
    private readonly string _replica;
    private readonly Func<string, string?> _planOf;
    private readonly Func<string, RolloutStatus?> _storedOf;

    /// <param name="planOf">The plan that this replica has of a rollout, as canonical JSON; null for one that was deleted.</param>
    /// <param name="storedOf">What Redis was last known to have of it.</param>
    public RedisRolloutStore(
        RedisLink link, FleetKeys keys, EmbeddedStore journal, TimeProvider time, string replica, Func<string, string?> planOf,
        Func<string, RolloutStatus?> storedOf)
    {
        _link = link;
        _keys = keys;
        _journal = journal;
        _time = time;
        _replica = replica;
        _planOf = planOf;
        _storedOf = storedOf;
    }

    public bool IsUp => _link.IsUp;

    public string? Trouble => (_link.Fault, _journal.Fault) switch
    {
        ({ } fault, _) => $"{fault}. {IRolloutStore.WhileAway}",
        (_, { } fault) => $"The journal {fault}. Redis and the other replicas alone remember what happens now.",
        _ => _behind.IsEmpty ? null : "The journal catches up with what its disk has refused. Redis and the other replicas remember it.",
    };

    public EmbeddedStore Journal => _journal;

    /// <summary>How many servers besides the master must have a raise before it counts.</summary>
    public Func<int> Proof { get; set; } = () => 0;

    /// <summary>How this replica stands with the fleet over a rollout; null for one that it does not share yet.</summary>
    public Func<string, FleetState?> StateOf { get; set; } = _ => null;

    /// <summary>Told what the fleet has in place of what was to be written down here.</summary>
    public Action<string, SharedContent> Outdone { get; set; } = (_, _) => { };

    /// <summary>The fence to show with a command that the product gives by itself; null while the lease is another's.</summary>
    public Func<string, long?> Fence { get; set; } = _ => null;

    public Task<IReadOnlyList<StoredRollout>> LoadAsync() => _journal.LoadAsync();

    public async Task<long> FirstGenerationAsync(string name) => Math.Max(
        await _journal.FirstGenerationAsync(name),
        await ReadAsync(name) is { State: DocumentState.Deleted, Key: var key } ? StatusOrder.GenerationOf(key) + 1 : 0);

    public Task<bool> PutPlanAsync(RolloutPlan plan, RolloutStatus expected, RolloutStatus status, HistoryEntry entry) =>
        WriteAsync(PlanWriter.ToJson(plan), expected, status, entry, "");

    public async Task<bool> CommitAsync(RolloutStatus expected, RolloutStatus next, HistoryEntry entry)
    {
        // What the product does by itself is done once: by the replica whose lease still holds when the script runs.
        var fence = next.By == "snapback" ? Fence(next.Name)?.ToString(CultureInfo.InvariantCulture) : "";
        return fence is not null && _planOf(next.Name) is { } plan && await WriteAsync(plan, expected, next, entry, fence);
    }

    public async Task<long?> JoinAsync(RolloutStatus status, HistoryEntry? entry)
    {
        if (_planOf(status.Name) is not { } plan)
        {
            return null;
        }

        var journal = KeepAsync(plan, status, entry);
        var answer = await JoinedAsync(plan, status, entry, overwrite: false);
        await journal;
        if (answer is ["older"] && await ReadAsync(status.Name) is { Content: { } better })
        {
            Outdone(status.Name, better);
        }

        return Beside(answer);
    }

    /// <summary>
    /// Tells the fleet what holds here, unless it knows better. In one call: the list of names may be on a server that is gone
    /// while the rollout's is not, and discovery sees to it.
    /// </summary>
    /// <param name="overwrite">What stands there cannot be read by anybody.</param>
    /// <returns>As of <see cref="JoinAsync"/>.</returns>
    public async Task<long?> JoinFleetAsync(string plan, RolloutStatus status, HistoryEntry? entry, bool overwrite) =>
        Beside(await JoinedAsync(plan, status, entry, overwrite));

    private async Task<string[]> JoinedAsync(string plan, RolloutStatus status, HistoryEntry? entry, bool overwrite)
    {
        RefuseForeign(StateOf(status.Name));
        var stood = _storedOf(status.Name) is { } stored && stored.Created == status.Created ? StatusOrder.Key(stored) : "";
        return (string[])(await _link.RunAsync(
            Script.Join,
            [_keys.Document(status.Name), _keys.History(status.Name), _keys.Outbox(status.Name)],
            [
                StatusOrder.Key(status), plan, StoreJson.Write(status), entry is null ? "" : StoreJson.Write(entry), Channel,
                FleetMessage.OfDocument(_replica, plan, status), overwrite ? 1 : 0, _journal.Kept, stood,
            ]))!;
    }

    private static long? Beside(string[] answer) =>
        answer is ["beside", var revision] ? long.Parse(revision, CultureInfo.InvariantCulture) : null;

    public async Task<bool> DeleteAsync(RolloutStatus expected)
    {
        var name = expected.Name;
        RefuseToTouch(name);
        var attempt = await AttemptAsync(_keys.Document(name));
        var word = await AnswerAsync(
            attempt, Script.Delete,
            [attempt.Document, _keys.History(name), _keys.Replicas(name), _keys.Lease(name), _keys.Outbox(name)],
            [StatusOrder.Key(expected), attempt.Deadline, attempt.Token, Channel, FleetMessage.OfDeleted(name), TombstoneMilliseconds]);
        if (!Taken(word, "done"))
        {
            return false;
        }

        _own.TryRemove(name, out _);
        await ForgetAsync(expected);
        try
        {
            await UnnameAsync(name);
        }
        catch (StoreUnavailableException)
        {
            // It is deleted; whoever finds the name takes it out.
        }

        return true;
    }

    public async Task<bool> IsToCountAsync(string rollout, string id) =>
        Word(await _link.RunAsync(Script.Counts, [_keys.Outbox(rollout)], [id, _replica])) == "mine";

    public async Task<IReadOnlyList<HistoryEntry>> HistoryAsync(string name, int most)
    {
        if (StateOf(name) is { IsForeign: true })
        {
            // That of the rollout whose status is shown here; Redis has the other one's.
            return await _journal.HistoryAsync(name, most);
        }

        try
        {
            var entries = await _link.AskAsync(database => database.ListRangeAsync(_keys.History(name), 0, most - 1));
            return [.. entries.Select(entry => StoreJson.TryRead<HistoryEntry>(entry.ToString())).OfType<HistoryEntry>()];
        }
        catch (StoreUnavailableException)
        {
            // What this replica saw itself is better than nothing.
            return await _journal.HistoryAsync(name, most);
        }
    }

    /// <summary>
    /// Writes the newest lines of this replica's journal into a history that Redis had lost, where they are missing. A join, as all
    /// replicas do it, each with what it did itself.
    /// </summary>
    public async Task RecallAsync(RolloutStatus status)
    {
        // What was there before it was deleted and made anew went with it.
        var lines = (await _journal.HistoryAsync(status.Name, Recalled))
            .Where(line => line.IsOf(status))
            .Select(line => (RedisValue)StoreJson.Write(line))
            .ToList();
        if (lines.Count > 0)
        {
            await _link.RunAsync(Script.Recall, [_keys.History(status.Name), _keys.Document(status.Name)], [_journal.Kept, .. lines]);
        }
    }

    public async Task<FleetDocument> ReadAsync(string name) =>
        FleetDocument.Read(name, (RedisResult[])(await _link.RunAsync(Script.Load, [_keys.Document(name)], []))!, null);

    public async Task<IReadOnlyList<string>> NamesAsync() =>
        (string[])(await _link.RunAsync(Script.Names, [_keys.Rollouts], []))!;

    /// <summary>
    /// The list of names is in a slot of its own, so that no script changes it together with a document: a name that is missing, or left, is put
    /// right by whoever has the rollout, or finds it deleted.
    /// </summary>
    public Task NameAsync(IReadOnlyCollection<string> names) =>
        names.Count == 0
            ? Task.CompletedTask
            : _link.AskAsync(database => database.SetAddAsync(_keys.Rollouts, [.. names.Select(name => (RedisValue)name)]));

    public Task UnnameAsync(string name) => _link.AskAsync(database => database.SetRemoveAsync(_keys.Rollouts, name));

    public ValueTask DisposeAsync() => _journal.DisposeAsync();

    private RedisValue Channel => _keys.Channel.ToString();

    /// <summary>Its caller would be told that the status moved, and to repeat what can never be taken here.</summary>
    private void RefuseToTouch(string name)
    {
        var state = StateOf(name);
        if (state is { IsNewer: true })
        {
            throw OfNewer();
        }

        RefuseForeign(state);
    }

    private static void RefuseForeign(FleetState? state)
    {
        if (state is { IsForeign: true })
        {
            throw new StoreUnavailableException(
                "This replica's directory has another rollout of this name than the fleet, and may not write over the fleet's. " +
                "Start it with an empty --data, or give the command to another replica.",
                new InvalidOperationException());
        }
    }

    private static StoreUnavailableException OfNewer() => new(
        "What Redis has of this rollout was written by a newer version of Snapback, and this replica would lose what it cannot " +
        "read of it. Give the command to a replica of that version.",
        new NotSupportedException());

    private static bool Taken(string word, string wanted) => word switch
    {
        _ when word == wanted => true,
        "late" => throw new StoreUnavailableException(
            "Redis took too long: the command expired before it was done, and will not be done any more.",
            new TimeoutException()),
        "lost" => throw new StoreUnavailableException(
            "Redis has lost this rollout, and the replicas are about to write it back. Repeat the command in a second.",
            new InvalidDataException()),
        "newer" => throw OfNewer(),
        _ => false,
    };

    private static string Word(RedisResult result) => (string)((RedisResult[])result!)[0]!;
}
