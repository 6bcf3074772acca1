namespace Snapback.Journeys.Harness;

/// <summary>How a replica is cut off from Redis, and with it from the others.</summary>
internal enum Cut
{
    /// <summary>Every packet is lost, both ways, and nobody is told.</summary>
    Silent,

    /// <summary>Every packet is answered with a reset, and with nothing else.</summary>
    Refused,

    /// <summary>The cable is out.</summary>
    Unplugged,

    /// <summary>What it says arrives, and it hears nothing.</summary>
    Deaf,

    /// <summary>It says nothing, and hears what is still sent.</summary>
    Mute,
}

/// <summary>
/// Redis and every replica each on a network of their own, with one cable from each replica to Redis that can be cut, and one to this
/// machine for clients, operators and upstreams that never is.
/// </summary>
internal sealed class CutCables : IAsyncDisposable
{
    private const string ToRedis = "fleet";
    private const string ToUs = "here";

    private readonly Stack<NetworkNamespace> _made = [];
    private readonly List<NetworkNamespace> _replicas = [];

    // Sixteen little networks of a run, out of 10.128.0.0/9; two runs at once rarely have the same.
    private readonly int _base = (Environment.ProcessId & 0x1FF) << 6;
    private NetworkNamespace _redis = null!;

    private CutCables()
    {
    }

    public NetworkNamespace Redis => _redis;

    /// <summary>Where every replica reaches this machine.</summary>
    public IPAddress Us => Address(1, 1);

    public static async Task<CutCables> LayAsync(int replicas)
    {
        var cables = new CutCables();
        try
        {
            cables._redis = await cables.MakeAsync("redis");
            for (var i = 0; i < replicas; i++)
            {
                await cables.ConnectAsync(i);
            }

            return cables;
        }
        catch
        {
            await cables.DisposeAsync();
            throw;
        }
    }

    public NetworkNamespace Replica(int i) => _replicas[i];

    /// <summary>Where clients and operators reach a replica.</summary>
    public IPAddress Of(int i) => Address(2 * i + 1, 2);

    /// <summary>Where a replica finds Redis.</summary>
    public IPAddress RedisOf(int i) => Address(2 * i, 1);

    public async Task CutAsync(int i, Cut how)
    {
        var replica = _replicas[i];
        switch (how)
        {
            case Cut.Unplugged:
                await _redis.RunAsync("ip", "link", "set", $"r{i}", "down");
                break;
            case Cut.Refused:
                await _redis.RunAsync("iptables", "-A", "INPUT", "-i", $"r{i}", "-p", "tcp", "-j", "REJECT", "--reject-with", "tcp-reset");
                await _redis.RunAsync("iptables", "-A", "OUTPUT", "-o", $"r{i}", "-p", "tcp", "!", "--tcp-flags", "RST", "RST", "-j", "DROP");
                break;
            case Cut.Deaf:
                await replica.RunAsync("iptables", "-A", "INPUT", "-i", ToRedis, "-j", "DROP");
                break;
            case Cut.Mute:
                await replica.RunAsync("iptables", "-A", "OUTPUT", "-o", ToRedis, "-j", "DROP");
                break;
            default:
                await CutAsync(i, Cut.Deaf);
                await CutAsync(i, Cut.Mute);
                break;
        }
    }

    public async Task HealAsync(int i)
    {
        await _redis.RunAsync("ip", "link", "set", $"r{i}", "up");
        foreach (var side in (NetworkNamespace[])[_redis, _replicas[i]])
        {
            await side.RunAsync("iptables", "-F");
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_made.TryPop(out var made))
        {
            await made.DisposeAsync();
        }
    }

    private async Task<NetworkNamespace> MakeAsync(string name)
    {
        var made = await NetworkNamespace.MakeAsync(name);
        _made.Push(made);
        return made;
    }

    private async Task ConnectAsync(int i)
    {
        var replica = await MakeAsync($"r{i}");
        _replicas.Add(replica);
        await _redis.RunAsync("ip", "link", "add", $"r{i}", "type", "veth", "peer", "name", ToRedis, "netns", replica.Name);
        await UpAsync(_redis.RunAsync, $"r{i}", Address(2 * i, 1));
        await UpAsync(replica.RunAsync, ToRedis, Address(2 * i, 2));

        var ours = $"sb{Environment.ProcessId}r{i}";
        await NetworkNamespace.HereAsync("ip", "link", "add", ours, "type", "veth", "peer", "name", ToUs, "netns", replica.Name);
        await UpAsync(NetworkNamespace.HereAsync, ours, Address(2 * i + 1, 1));
        await UpAsync(replica.RunAsync, ToUs, Of(i));
        if (i > 0)
        {
            // To the one address that they all know us by, and nowhere else.
            await replica.RunAsync("ip", "route", "add", Us.ToString(), "via", Address(2 * i + 1, 1).ToString());
        }
    }

    private static async Task UpAsync(Func<string, IEnumerable<string>, Task<string>> run, string device, IPAddress address)
    {
        await run("ip", ["addr", "add", $"{address}/30", "dev", device]);
        await run("ip", ["link", "set", device, "up"]);
    }

    private IPAddress Address(int network, int host)
    {
        var low = _base + 4 * network + host;
        return new IPAddress([10, (byte)(128 + (low >> 16)), (byte)(low >> 8), (byte)low]);
    }
}
