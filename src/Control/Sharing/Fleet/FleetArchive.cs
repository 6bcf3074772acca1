using Microsoft.Extensions.Logging.Abstractions;
using Snapback.Control.Rollouts;
using StackExchange.Redis;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>A fleet's store as an archive, and back; the fleet may be running.</summary>
public static class FleetArchive
{
    private const string Name = "archive";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <exception cref="StoreUnavailableException">Redis does not answer, or has something that this version cannot read.</exception>
    public static Task<StoreArchive> ExportAsync(FleetOptions options) => WithAsync(options, async (link, keys) =>
    {
        var rollouts = new List<ArchivedRollout>();
        var names = await link.AskAsync(database => database.SetMembersAsync(keys.Rollouts));
        foreach (var name in names.Select(name => name.ToString()).Order(StringComparer.Ordinal))
        {
            var document = FleetDocument.Read(name, (RedisResult[])(await link.RunAsync(Script.Load, [keys.Document(name)], []))!, null);
            if (document.State is DocumentState.Corrupt or DocumentState.Newer)
            {
                throw new StoreUnavailableException(
                    $"Rollout '{name}' in Redis cannot be read by this version. Export with the version that wrote it.",
                    new FormatException());
            }

            if (document.Content is { } content)
            {
                var lines = await link.AskAsync(database => database.ListRangeAsync(keys.History(name)));
                rollouts.Add(ArchivedRollout.Of(
                    new StoredRollout(name, content.Json, content.Status),
                    [.. lines.Select(line => StoreJson.TryRead<HistoryEntry>(line.ToString())).OfType<HistoryEntry>()]));
            }
        }

        return new StoreArchive(StoreArchive.Layout, rollouts);
    });

    /// <summary>Joins it: what the fleet has newer stays, and a history that is there is not written again.</summary>
    /// <returns>Those that the fleet has deleted, and that it does not take back.</returns>
    /// <inheritdoc cref="ExportAsync"/>
    public static Task<IReadOnlyList<string>> ImportAsync(FleetOptions options, StoreArchive archive) => WithAsync(options, async (link, keys) =>
    {
        var deleted = new List<string>();
        foreach (var rollout in archive.Rollouts)
        {
            var (name, plan) = (rollout.Name, rollout.CanonicalPlan);
            var joined = (string[])(await link.RunAsync(
                Script.Join,
                [keys.Document(name), keys.History(name), keys.Outbox(name)],
                [
                    StatusOrder.Key(rollout.Status), plan, StoreJson.Write(rollout.Status), "", keys.Channel.ToString(),
                    FleetMessage.OfDocument(Name, plan, rollout.Status), 0, HistoryEntry.Kept,
                ]))!;
            if (joined[0] == "deleted")
            {
                deleted.Add(name);
                continue;
            }

            await link.AskAsync(database => database.SetAddAsync(keys.Rollouts, name));
            if (rollout.History.Count > 0 && await link.AskAsync(database => database.ListLengthAsync(keys.History(name))) == 0)
            {
                RedisValue[] oldestFirst = [.. rollout.History.Reverse().Select(entry => (RedisValue)StoreJson.Write(entry))];
                await link.AskAsync(database => database.ListLeftPushAsync(keys.History(name), oldestFirst));
            }
        }

        return (IReadOnlyList<string>)deleted;
    });

    private static async Task<T> WithAsync<T>(FleetOptions options, Func<RedisLink, FleetKeys, Task<T>> work)
    {
        var keys = new FleetKeys(options);
        await using var link = new RedisLink(options, keys.Channel, Name, TimeProvider.System, NullLogger.Instance);
        link.Start();
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await link.AskAsync(database => database.PingAsync());
                break;
            }
            catch (StoreUnavailableException) when (TimeProvider.System.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(50);
            }
        }

        return await work(link, keys);
    }
}
