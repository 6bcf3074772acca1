using System.Collections.Concurrent;
using Snapback.Control.Rollouts;
using StackExchange.Redis;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>A command of this replica on its way to Redis, with the proof that other servers have it.</summary>
internal sealed partial class RedisRolloutStore
{
    private const int ProofMilliseconds = 200;

    private readonly ConcurrentDictionary<string, OwnWrite> _own = new(StringComparer.Ordinal);

    /// <summary>The newest write of this replica to a rollout; null before the first.</summary>
    public OwnWrite? OwnWriteOf(string name) => _own.GetValueOrDefault(name);

    private async Task<bool> WriteAsync(string plan, RolloutStatus expected, RolloutStatus next, HistoryEntry entry, string fence)
    {
        var write = _own[next.Name] = new OwnWrite(StatusOrder.Key(next));
        var done = false;
        try
        {
            return done = await TryWriteAsync(plan, expected, next, entry, fence);
        }
        finally
        {
            write.End(done);
        }
    }

    private async Task<bool> TryWriteAsync(string plan, RolloutStatus expected, RolloutStatus next, HistoryEntry entry, string fence)
    {
        RefuseToTouch(next.Name);
        var proof = Proof();
        var isNew = expected is { Generation: 0, Revision: 0 };
        var attempt = await AttemptAsync(_keys.Document(next.Name));
        var message = FleetMessage.OfDocument(_replica, plan, next);
        RedisKey[] keys = [attempt.Document, _keys.History(next.Name), _keys.Lease(next.Name), _keys.Outbox(next.Name)];
        RedisValue[] arguments =
        [
            StatusOrder.Key(expected), StatusOrder.Key(next), plan, StoreJson.Write(next), StoreJson.Write(entry),
            attempt.Deadline, attempt.Token, fence, _replica, Channel, message, proof > 0 ? 1 : 0, isNew ? 1 : 0, _journal.Kept,
        ];
        if (isNew)
        {
            await _link.AskAsync(database => database.SetAddAsync(_keys.Rollouts, next.Name));
        }

        int? provenOn = null;
        if (proof > 0 && (provenOn = await ProposeAsync(keys, arguments, proof)) is null)
        {
            return false;
        }

        var done = proof > 0
            ? Taken(
                await AnswerAsync(
                    attempt,
                    Script.Prove,
                    [keys[0], keys[1], keys[3]],
                    [attempt.Token, attempt.Deadline, Channel, message, _journal.Kept]),
                "done")
            : Taken(await AnswerAsync(attempt, Script.Commit, keys, arguments), "done");
        if (done)
        {
            await KeepAsync(plan, next, entry with { ProvenOn = provenOn });
        }

        return done;
    }

    /// <summary>
    /// The proposal and the question how many servers have it go to one server on one connection: the answer is about the last write of
    /// its connection, and one made in between would answer about none. In a cluster, a question that names no key goes to anybody.
    /// </summary>
    /// <returns>How many have it; null if the status is no more the expected one.</returns>
    private async Task<int?> ProposeAsync(RedisKey[] keys, RedisValue[] arguments, int proof)
    {
        var server = await _link.AskAsync(database => ServerOfAsync(database, keys[0]));
        var (before, proposed) = await _link.AskAsync(async _ =>
        {
            var id = AskAsync(server, "CLIENT", "ID");
            var proposal = AskAsync(server, "EVAL", [Script.Commit, keys.Length, .. keys.Cast<object>(), .. arguments.Cast<object>()]);
            return ((long)await id, await proposal);
        });
        if (!Taken(Word(proposed), "proposed"))
        {
            return null;
        }

        var (servers, after) = await _link.AskAsync(async _ =>
        {
            var count = AskAsync(server, "WAIT", proof, ProofMilliseconds);
            var id = AskAsync(server, "CLIENT", "ID");
            return ((int)await count, (long)await id);
        });
        var proven = before == after ? servers : 0;
        return proven >= proof
            ? proven
            : throw new StoreUnavailableException(
                $"Redis has this on {proven} of the {proof} other servers that must have it, so it does not count.",
                new TimeoutException());
    }

    /// <summary>While Sentinels change the master, the client may name a server that it has let go of since.</summary>
    private static async Task<IServer> ServerOfAsync(IDatabase database, RedisKey key)
    {
        var endpoint = await database.IdentifyEndpointAsync(key);
        return database.Multiplexer.GetServers().FirstOrDefault(server => server.EndPoint.Equals(endpoint))
            ?? throw new RedisException("no server has this rollout now.");
    }

    private static Task<RedisResult> AskAsync(IServer server, string command, params object[] arguments) =>
        server.ExecuteAsync(command, arguments, CommandFlags.NoRedirect);
}
