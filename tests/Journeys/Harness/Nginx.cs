using System.ComponentModel;
using System.Diagnostics;

namespace Snapback.Journeys.Harness;

/// <summary>What every request gets.</summary>
internal sealed record NginxAnswer(int Status, string Body, string? Header = null);

/// <summary>A real nginx as an upstream. Its own access log is the witness of what reached it.</summary>
internal sealed class Nginx(int? perConnection, IPAddress? address) : IAsyncDisposable
{
    private static readonly HttpClient Probe = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });

    private readonly Folder _folder = new();
    private readonly Uri _answering = FreePort.TakeUri();
    private Child? _process;

    public Uri Uri { get; } = FreePort.TakeUri(address);

    /// <param name="perConnection">Speaks HTTP/2 without TLS, and ends a connection after so many requests; else HTTP/1.1, and never.</param>
    /// <param name="address">Null for the loopback.</param>
    public static async Task<Nginx> StartAsync(NginxAnswer answer, int? perConnection = null, IPAddress? address = null)
    {
        var nginx = new Nginx(perConnection, address);
        try
        {
            await nginx.RunAsync(answer);
            return nginx;
        }
        catch
        {
            await nginx.DisposeAsync();
            throw;
        }
    }

    /// <summary>The graceful reload of a deployment: old workers end their requests, new ones answer differently.</summary>
    public async Task ReloadAsync(NginxAnswer answer)
    {
        Configure(answer);
        _process!.Reload();
        await AnswersAsync(answer);
    }

    /// <summary>kill -9, of the master and its workers.</summary>
    public async Task KillAsync()
    {
        _process!.KillTree();
        await _process.ExitAsync();
    }

    /// <summary>The canary picks that arrived here, by the number that the proxy put into x-snapback-seq.</summary>
    public IReadOnlyList<(long Generation, long Sequence)> Picks() =>
    [
        .. Log().Select(line => line.Split(' ')[1]).Where(pick => pick != "-")
            .Select(pick => pick.Split('-')).Select(parts => (long.Parse(parts[0]), long.Parse(parts[1]))),
    ];

    /// <summary>Requests that came through a proxy.</summary>
    public int Requests() => Log().Count(line => !line.EndsWith(" /probe", StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            if (!_process.HasExited)
            {
                // A master that ends by itself collects its workers; those of a killed one stay behind as zombies.
                _process.Terminate();
                await _process.ExitAsync();
            }

            await _process.DisposeAsync();
        }

        await _folder.DisposeAsync();
    }

    private async Task RunAsync(NginxAnswer answer)
    {
        Configure(answer);
        try
        {
            _process = Child.Start(new ProcessStartInfo("nginx", ["-p", _folder.Path, "-c", _folder.At("nginx.conf"), "-e", _folder.At("error.log")]));
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException("nginx is not on this machine, and journeys use it as upstream. Install it: apt-get install nginx-light");
        }

        await AnswersAsync(answer);
    }

    private void Configure(NginxAnswer answer) => _folder.Write("nginx.conf", $$"""
        daemon off;
        worker_processes 1;
        pid nginx.pid;
        events { worker_connections 1024; }
        http {
          log_format picks '$status $http_x_snapback_seq $uri';
          access_log access.log picks;
          default_type text/plain;
          keepalive_requests {{perConnection ?? 1_000_000}};
          client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
          {{Servers(answer)}}
        }
        """);

    /// <summary>One that reads the uploads too, as applications do, where the connections are at stake.</summary>
    private string Servers(NginxAnswer answer)
    {
        var header = answer.Header is null ? "" : $"add_header {answer.Header} always; ";
        var location = $$"""location / { {{header}}return {{answer.Status}} "{{answer.Body}}"; }""";
        return perConnection is null
            ? $$"""server { listen {{Uri.Authority}}; {{location}} }"""
            : $$"""
            server { listen {{Uri.Authority}} http2; location / { proxy_pass {{_answering}}; } }
            server { listen 127.0.0.1:{{_answering.Port}}; access_log off; {{location}} }
            """;
    }

    /// <summary>A new connection each time, since an old one may belong to a worker of before the reload.</summary>
    private Task<(int Status, string Body)> AnswersAsync(NginxAnswer answer) => Eventually.SeeAsync($"nginx answers {answer}", async () =>
    {
        if (_process!.HasExited)
        {
            throw new InvalidOperationException($"nginx ended: {_process.Tail()}");
        }

        try
        {
            using var response = await Probe.GetAsync(new Uri(perConnection is null ? Uri : _answering, "/probe"));
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException)
        {
            return (0, "");
        }
    }, seen => seen == (answer.Status, answer.Body));

    private IEnumerable<string> Log() => File.Exists(_folder.At("access.log")) ? File.ReadLines(_folder.At("access.log")) : [];
}
