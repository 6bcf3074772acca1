using System.Diagnostics;

namespace Snapback.Journeys.Harness;

/// <summary>One master, two followers, three sentinels that elect another master after a second of silence.</summary>
internal sealed class RedisSentinels : IAsyncDisposable
{
    private readonly Folder _folder = new();
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly List<int> _ports = [];

    /// <summary>As the client takes it: any sentinel tells who is master.</summary>
    public string Connection => $"{string.Join(",", _ports.Select(port => $"127.0.0.1:{port}"))},serviceName=mymaster";

    /// <summary>The first one is master at the start.</summary>
    public List<RedisServer> Servers { get; } = [];

    public static async Task<RedisSentinels> StartAsync()
    {
        var group = new RedisSentinels();
        var master = await group.ServerAsync();
        string[] follow = ["--replicaof", "127.0.0.1", master.Port.ToString()];
        await group.ServerAsync(follow);
        await group.ServerAsync(follow);
        await master.SeeAsync("both follow", ["INFO", "replication"], "connected_slaves:2");
        for (var i = 0; i < 3; i++)
        {
            var port = FreePort.Take();
            group._ports.Add(port);
            group._owned.Add(Child.Start(new ProcessStartInfo("redis-sentinel", [group._folder.Write($"sentinel-{i}.conf", $"""
                port {port}
                bind 127.0.0.1
                dir {group._folder.Path}
                sentinel monitor mymaster 127.0.0.1 {master.Port} 2
                sentinel down-after-milliseconds mymaster 1000
                sentinel failover-timeout mymaster 5000
                """)])));
        }

        await Eventually.SeeAsync(
            "the sentinels know each other",
            () => group.AskAsync("SENTINEL", "MASTER", "mymaster"),
            text => Field(text, "num-other-sentinels") == "2" && Field(text, "num-slaves") == "2",
            TimeSpan.FromSeconds(30));
        return group;
    }

    /// <summary>Who is master now, as the sentinels say.</summary>
    public async Task<RedisServer> MasterAsync()
    {
        var port = Field(await AskAsync("SENTINEL", "MASTER", "mymaster"), "port");
        return Servers.Single(server => server.Port.ToString() == port);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in Enumerable.Reverse(_owned))
        {
            await owned.DisposeAsync();
        }

        await _folder.DisposeAsync();
    }

    private static string? Field(string answer, string name)
    {
        var lines = answer.Split('\n');
        var at = Array.IndexOf(lines, name);
        return at < 0 ? null : lines[at + 1].Trim();
    }

    private async Task<RedisServer> ServerAsync(params string[] arguments)
    {
        var server = await RedisServer.StartAsync(arguments);
        Servers.Add(server);
        _owned.Add(server);
        return server;
    }

    private async Task<string> AskAsync(params string[] command)
    {
        await using var cli = Child.Start(new ProcessStartInfo("redis-cli", ["-p", _ports[0].ToString(), .. command]));
        await cli.ExitAsync();
        return cli.Output;
    }
}
