using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>What this replica has not told yet. The process has it to itself, so that a claim is a question only.</summary>
public sealed partial class EmbeddedStore
{
    /// <summary>That something was told is remembered for longer than any replica takes to say again what it did.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    public Task PutAsync(OutboxEntry news) => Run(() =>
    {
        Put(news);
        return true;
    });

    public Task<IReadOnlyList<(string Replica, Tally Tally)>> CountedByOthersAsync(string rollout, Generation ended) =>
        Task.FromResult<IReadOnlyList<(string, Tally)>>([]);

    public Task SettleAsync(string rollout, long generation, Exposure met) => Run(() =>
    {
        using var command = Command(
            """
            UPDATE history SET entry = json_set(entry, '$.exposure', json($met)) WHERE id IN (
                SELECT id FROM (SELECT id, entry FROM history WHERE name = $name ORDER BY id DESC LIMIT 100)
                WHERE entry ->> 'generation' = $generation AND entry ->> 'kind' = 'rolled-back')
            """,
            [("$name", rollout), ("$generation", generation), ("$met", StoreJson.Write(met))]);
        command.ExecuteNonQuery();
        return true;
    });

    public Task AppendAsync(OutboxEntry line) => Run(() =>
    {
        if (HasAppended(line))
        {
            Put(line);
        }

        return true;
    });

    /// <summary>A fleet's journal: a line of what changed nothing, without news of it, and what holds stays as it was.</summary>
    public Task KeepLineAsync(OutboxEntry line) => Run(() => HasAppended(line));

    /// <summary>A drill may outlast its rollout, and the next one of this name has a history of its own.</summary>
    private bool HasAppended(OutboxEntry line)
    {
        var isThere = StatusOf(line.Status.Name)?.Created == line.Status.Created;
        if (isThere)
        {
            Append(line.Status.Name, line.Entry);
        }

        return isThere;
    }

    public Task<Claim> ClaimAsync(string rollout, string id) => Read(() =>
    {
        using var command = Command("SELECT untold IS NULL FROM outbox WHERE id = $id", [("$id", id)]);
        return command.ExecuteScalar() switch
        {
            null => Claim.Unknown,
            0L => Claim.Mine,
            _ => Claim.Others,
        };
    });

    public Task ToldAsync(string rollout, string id, DateTimeOffset now) => Run(() =>
    {
        using var command = Command("""
            INSERT INTO outbox(id, name, at, untold) VALUES($id, $name, $at, NULL) ON CONFLICT(id) DO UPDATE SET at = excluded.at, untold = NULL;
            DELETE FROM outbox WHERE untold IS NULL AND at < $long
            """, [("$id", id), ("$name", rollout), ("$at", now.ToUnixTimeMilliseconds()), ("$long", (now - Remembered).ToUnixTimeMilliseconds())]);
        return command.ExecuteNonQuery();
    });

    public Task<IReadOnlyList<OutboxEntry>> PendingAsync(IEnumerable<string> rollouts) => Read<IReadOnlyList<OutboxEntry>>(() =>
    {
        // Asked every two seconds by a process with up to ten thousand rollouts, of which hardly one has news: to look through
        // them each time took the traffic's caches.
        var all = new List<OutboxEntry>();
        HashSet<string>? names = null;
        using var command = Command("SELECT name, untold FROM outbox WHERE untold IS NOT NULL ORDER BY at, id", []);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            names ??= rollouts.ToHashSet(StringComparer.Ordinal);
            if (names.Contains(reader.GetString(0)) && StoreJson.TryRead<OutboxEntry>(reader.GetString(1)) is { } news)
            {
                all.Add(news);
            }
        }

        return all;
    });

    private void Put(OutboxEntry news)
    {
        using var command = Command(
            "INSERT OR IGNORE INTO outbox(id, name, at, untold) VALUES($id, $name, $at, $untold)",
            [
                ("$id", news.Entry.Id!),
                ("$name", news.Status.Name),
                ("$at", news.Entry.At.ToUnixTimeMilliseconds()),
                ("$untold", StoreJson.Write(news)),
            ]);
        command.ExecuteNonQuery();
    }
}
