using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Snapback.Journeys.Harness;

/// <summary>A real redis-server that keeps nothing: killed and started again, it is empty.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly Folder _folder = new();
    private readonly int _port = FreePort.Take();
    private readonly string[] _arguments;
    private Child? _process;
    private string[] _listen;
    private string[] _asking = [];
    private NetworkNamespace? _inside;

    private RedisServer(string[] arguments)
    {
        _arguments = arguments;
        _listen = ["--port", _port.ToString()];
    }

    public int Port => _port;

    public string Connection => $"127.0.0.1:{_port}";

    public Child Process => _process!;

    public static async Task<RedisServer> StartAsync(params string[] arguments)
    {
        var server = new RedisServer(arguments);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>One that speaks TLS only, by a self-made certificate.</summary>
    public static async Task<RedisServer> StartTlsAsync(SelfMadeCertificate certificate, params string[] arguments)
    {
        var server = new RedisServer(arguments);
        server._listen =
        [
            "--port", "0", "--tls-port", server._port.ToString(),
            "--tls-cert-file", certificate.File, "--tls-key-file", certificate.KeyFile,
            "--tls-ca-cert-file", certificate.File, "--tls-auth-clients", "no",
        ];
        server._asking = ["--tls", "--cacert", certificate.File];
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>One on a network of its own, where nobody but the journey's own processes comes.</summary>
    public static async Task<RedisServer> StartAsync(NetworkNamespace inside)
    {
        var server = new RedisServer(["--bind", "0.0.0.0", "--protected-mode", "no"]) { _inside = inside };
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>A port for one that is started later.</summary>
    public static RedisServer NotYet() => new([]);

    public async Task StartAgainAsync()
    {
        string[] arguments =
        [
            .. _listen, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", _folder.Path, .. _arguments,
        ];
        try
        {
            _process = Child.Start(Placed(new ProcessStartInfo("redis-server", arguments)));
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException(
                "redis-server is not on this machine, and journeys share rollouts through it. "
                + "Install it: apt-get install redis-server");
        }

        await Eventually.SeeAsync("Redis answers", () => AskAsync("PING"), answer => answer == "PONG");
    }

    public async Task KillAsync()
    {
        _process!.KillTree();
        await _process.ExitAsync();
    }

    /// <summary>One command, by redis-cli; its first words.</summary>
    public async Task<string> AskAsync(params string[] command)
    {
        await using var cli = Child.Start(Placed(new ProcessStartInfo("redis-cli", ["-p", _port.ToString(), .. _asking, .. command])));
        await cli.ExitAsync();
        return cli.Output.Trim();
    }

    /// <summary>The answer to a command has these words.</summary>
    public Task<string> SeeAsync(string what, string[] command, string words, TimeSpan? within = null) =>
        Eventually.SeeAsync(what, () => AskAsync(command), answer => answer.Contains(words, StringComparison.Ordinal), within);

    /// <summary>How many commands it was given in this time, those inside scripts too.</summary>
    public async Task<long> CommandsAsync(TimeSpan during)
    {
        var before = await CountAsync();
        await Task.Delay(during);
        return await CountAsync() - before;
    }

    private ProcessStartInfo Placed(ProcessStartInfo info) => _inside?.Enter(info) ?? info;

    private async Task<long> CountAsync()
    {
        const string count = "total_commands_processed:";
        var lines = (await AskAsync("INFO", "stats")).Split('\n');
        return long.Parse(lines.Single(line => line.StartsWith(count, StringComparison.Ordinal))[count.Length..], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        await _folder.DisposeAsync();
    }
}
