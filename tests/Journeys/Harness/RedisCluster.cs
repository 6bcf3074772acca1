using System.Globalization;

namespace Snapback.Journeys.Harness;

/// <summary>Three real masters of a Redis Cluster, each with a third of the slots.</summary>
internal sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16_384;

    private readonly List<RedisServer> _masters = [];
    private readonly List<RedisServer> _followers = [];

    public string Connection => string.Join(',', _masters.Select(master => master.Connection));

    /// <param name="isWhole">Whether all of it stops when one slot has no server.</param>
    public static async Task<RedisCluster> StartAsync(bool isWhole = true)
    {
        var cluster = new RedisCluster();
        for (var i = 0; i < 3; i++)
        {
            var (master, bus) = await NodeAsync();
            cluster._masters.Add(master);
            await Ok(master, "CONFIG", "SET", "cluster-require-full-coverage", isWhole ? "yes" : "no");
            await Ok(master, "CLUSTER", "SET-CONFIG-EPOCH", $"{i + 1}");
            await Ok(master, "CLUSTER", "ADDSLOTSRANGE", $"{i * Slots / 3}", $"{((i + 1) * Slots / 3) - 1}");
            await Ok(cluster._masters[0], "CLUSTER", "MEET", "127.0.0.1", $"{master.Port}", $"{bus}");
        }

        await cluster.AgreeAsync(3);
        return cluster;
    }

    /// <summary>Every server, with the rules of one user of whoever shares it.</summary>
    public async Task GrantAsync(string user, string password, IEnumerable<string> rules)
    {
        foreach (var server in _masters.Concat(_followers))
        {
            await Ok(server, ["ACL", "SETUSER", user, "on", ">" + password, .. rules]);
        }
    }

    /// <summary>Whoever has the slot of this key.</summary>
    public async Task<RedisServer> MasterOfAsync(string key) =>
        _masters[int.Parse(await _masters[0].AskAsync("CLUSTER", "KEYSLOT", key), CultureInfo.InvariantCulture) * 3 / Slots];

    /// <summary>A server that follows a master, and takes its place when that one is gone.</summary>
    public async Task<RedisServer> FollowAsync(RedisServer master)
    {
        var (follower, bus) = await NodeAsync();
        _followers.Add(follower);
        await Ok(_masters[0], "CLUSTER", "MEET", "127.0.0.1", $"{follower.Port}", $"{bus}");
        await AgreeAsync(3 + _followers.Count);
        var id = await master.AskAsync("CLUSTER", "MYID");
        await Eventually.SeeAsync("it may follow", () => follower.AskAsync("CLUSTER", "REPLICATE", id), answer => answer == "OK");
        await master.SeeAsync("it follows", ["INFO", "replication"], "state=online");
        return follower;
    }

    /// <summary>Moves the slot of a key, with all that is in it, to the next master, as an operator who makes room does.</summary>
    /// <returns>That one.</returns>
    public async Task<RedisServer> MoveSlotOfAsync(string key)
    {
        var slot = await _masters[0].AskAsync("CLUSTER", "KEYSLOT", key);
        var at = int.Parse(slot, CultureInfo.InvariantCulture) * 3 / Slots;
        var (from, to) = (_masters[at], _masters[(at + 1) % 3]);
        var (source, target) = (await from.AskAsync("CLUSTER", "MYID"), await to.AskAsync("CLUSTER", "MYID"));
        await Ok(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", source);
        await Ok(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", target);
        while ((await from.AskAsync("CLUSTER", "GETKEYSINSLOT", slot, "100")).Split('\n', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } keys)
        {
            await from.AskAsync(["MIGRATE", "127.0.0.1", $"{to.Port}", "", "0", "2000", "KEYS", .. keys]);
        }

        await Ok(to, "CLUSTER", "SETSLOT", slot, "NODE", target);
        await Ok(from, "CLUSTER", "SETSLOT", slot, "NODE", target);
        return to;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _masters.Concat(_followers))
        {
            await server.DisposeAsync();
        }
    }

    private static async Task<(RedisServer Server, int Bus)> NodeAsync()
    {
        var bus = FreePort.Take();
        string[] arguments = ["--cluster-enabled", "yes", "--cluster-port", $"{bus}", "--cluster-node-timeout", "2000"];
        return (await RedisServer.StartAsync(arguments), bus);
    }

    private async Task AgreeAsync(int nodes)
    {
        foreach (var server in _masters.Concat(_followers))
        {
            await Eventually.SeeAsync(
                $"{nodes} servers agree",
                () => server.AskAsync("CLUSTER", "INFO"),
                info => info.Contains("cluster_state:ok", StringComparison.Ordinal)
                    && info.Contains($"cluster_known_nodes:{nodes}", StringComparison.Ordinal));
        }
    }

    private static async Task Ok(RedisServer server, params string[] command) => Assert.Equal("OK", await server.AskAsync(command));
}
