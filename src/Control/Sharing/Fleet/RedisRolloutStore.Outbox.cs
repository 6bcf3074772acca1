using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using StackExchange.Redis;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>What the fleet has not told yet: written by the scripts that write the history, told by whoever claims it first.</summary>
internal sealed partial class RedisRolloutStore
{
    private const long ClaimMilliseconds = 5000;

    private const string News = "news:";

    /// <summary>An answer to so many questions is far within the link's deadline.</summary>
    private const int AtOnce = 200;

    public Task PutAsync(OutboxEntry news) => _link.RunAsync(
        Script.Put, [_keys.Outbox(news.Status.Name)], [StoreJson.Write(news.Entry), StoreJson.Write(news.Status)]);

    public async Task AppendAsync(OutboxEntry line)
    {
        var name = line.Status.Name;
        var answer = await _link.RunAsync(
            Script.Append,
            [_keys.Outbox(name), _keys.History(name), _keys.Document(name)],
            [StoreJson.Write(line.Entry), StoreJson.Write(line.Status), _journal.Kept]);
        if (Word(answer) == "done")
        {
            await KeepLineAsync(line);
        }
    }

    /// <summary>What this replica counted of an attempt that has ended.</summary>
    public Task TellLastAsync(string rollout, Generation ended, Tally counted) => _link.RunAsync(
        Script.Last, [_keys.Document(rollout), EvidenceOf(rollout, ended)], [_replica, StoreJson.Write(counted)]);

    public async Task<IReadOnlyList<(string Replica, Tally Tally)>> CountedByOthersAsync(string rollout, Generation ended)
    {
        var fields = await _link.AskAsync(database => database.HashGetAllAsync(EvidenceOf(rollout, ended)));
        return
        [
            .. from field in fields
               where field.Name != _replica
               let tally = StoreJson.TryReadValue<Tally>(field.Value.ToString())
               where tally is not null
               select (field.Name.ToString(), tally.Value),
        ];
    }

    private RedisKey EvidenceOf(string rollout, Generation ended) => _keys.Evidence(rollout, ended.Number, ended.IsShadow);

    public async Task SettleAsync(string rollout, long generation, Exposure met)
    {
        try
        {
            // First: a Redis that lost the line gets it back from here, before or after this.
            await _journal.SettleAsync(rollout, generation, met);
        }
        catch (StoreUnavailableException)
        {
            // Redis has it.
        }

        await _link.RunAsync(Script.Settle, [_keys.History(rollout)], [generation, StoreJson.Write(met)]);
    }

    public async Task<Claim> ClaimAsync(string rollout, string id) =>
        Word(await _link.RunAsync(Script.Claim, [_keys.Outbox(rollout)], [id, _replica, ClaimMilliseconds])) switch
        {
            "mine" => Claim.Mine,
            "others" => Claim.Others,
            _ => Claim.Unknown,
        };

    public Task ToldAsync(string rollout, string id, DateTimeOffset now) => _link.RunAsync(Script.Told, [_keys.Outbox(rollout)], [id]);

    public async Task<IReadOnlyList<OutboxEntry>> PendingAsync(IEnumerable<string> rollouts)
    {
        var all = new List<OutboxEntry>();
        foreach (var some in rollouts.Chunk(AtOnce))
        {
            // In one breath: asked one after another, a thousand quiet rollouts are a thousand round trips each time.
            var outboxes = await _link.AskAsync(database =>
                Task.WhenAll(some.Select(rollout => database.HashGetAllAsync(_keys.Outbox(rollout)))));
            foreach (var fields in outboxes)
            {
                all.AddRange(fields
                    .Where(field => field.Name.StartsWith(News))
                    .Select(field => StoreJson.TryRead<OutboxEntry>(field.Value.ToString()))
                    .OfType<OutboxEntry>()
                    .OrderBy(news => news.Entry.At));
            }
        }

        return all;
    }
}
