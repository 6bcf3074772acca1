using System.Globalization;

namespace Snapback.Journeys.Harness;

/// <summary>Three real masters of a Redis Cluster, each with a third of the slots.</summary>
internal sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16_384;

    private readonly List<RedisServer> _masters = [];

    public string Connection => string.Join(',', _masters.Select(master => master.Connection));

    public static async Task<RedisCluster> StartAsync()
    {
        var cluster = new RedisCluster();
        var buses = new[] { FreePort.Take(), FreePort.Take(), FreePort.Take() };
        for (var i = 0; i < buses.Length; i++)
        {
            var master = await RedisServer.StartAsync("--cluster-enabled", "yes", "--cluster-port", buses[i].ToString(CultureInfo.InvariantCulture), "--cluster-node-timeout", "2000");
            cluster._masters.Add(master);
            await Ok(master, "CLUSTER", "SET-CONFIG-EPOCH", $"{i + 1}");
            await Ok(master, "CLUSTER", "ADDSLOTSRANGE", $"{i * Slots / 3}", $"{((i + 1) * Slots / 3) - 1}");
            await Ok(cluster._masters[0], "CLUSTER", "MEET", "127.0.0.1", $"{master.Port}", $"{buses[i]}");
        }

        foreach (var master in cluster._masters)
        {
            await Eventually.SeeAsync("three masters agree", () => master.AskAsync("CLUSTER", "INFO"), info => info.Contains("cluster_state:ok", StringComparison.Ordinal) && info.Contains("cluster_known_nodes:3", StringComparison.Ordinal));
        }

        return cluster;
    }

    /// <summary>Moves the slot of a key, with all that is in it, to the next master, as an operator who makes room does.</summary>
    public async Task MoveSlotOfAsync(string key)
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
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var master in _masters)
        {
            await master.DisposeAsync();
        }
    }

    private static async Task Ok(RedisServer server, params string[] command) => Assert.Equal("OK", await server.AskAsync(command));
}
