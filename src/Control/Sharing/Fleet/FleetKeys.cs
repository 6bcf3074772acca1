using StackExchange.Redis;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>The names in Redis. All keys of one rollout share a hash tag, so that its scripts also run in a cluster.</summary>
internal sealed class FleetKeys(FleetOptions options)
{
    /// <summary>Channels are the server's, where keys are a database's.</summary>
    public RedisChannel Channel { get; } = RedisChannel.Literal(
        $"{options.Prefix}:events{(RedisLink.Options(options.Connection, "").DefaultDatabase is { } database and > 0 ? $":{database}" : "")}");

    public RedisKey Rollouts { get; } = $"{options.Prefix}:rollouts";

    public RedisKey Document(string rollout) => Of(rollout, "document");

    public RedisKey History(string rollout) => Of(rollout, "history");

    public RedisKey Replicas(string rollout) => Of(rollout, "replicas");

    public RedisKey Lease(string rollout) => Of(rollout, "lease");

    /// <summary>What is not told yet (<c>news:</c>), who tells it (<c>claim:</c>), what was told lately (<c>told:</c>), and who
    /// counted it (<c>counts:</c>).</summary>
    public RedisKey Outbox(string rollout) => Of(rollout, "outbox");

    /// <summary>Copies are a trial of their own.</summary>
    public RedisKey Evidence(string rollout, long generation, bool isShadow) => Of(rollout, $"evidence:{generation}{(isShadow ? ":shadow" : "")}");

    /// <summary>In the order in which the script of a beat names them.</summary>
    public RedisKey[] OfBeat(string rollout, long generation, bool isShadow) =>
    [
        Document(rollout), Replicas(rollout), Lease(rollout), Evidence(rollout, generation, isShadow), History(rollout), Outbox(rollout),
    ];

    private RedisKey Of(string rollout, string what) => $"{options.Prefix}:{{{rollout}}}:{what}";
}
