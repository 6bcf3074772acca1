using System.ComponentModel;
using System.Diagnostics;

namespace Snapback.Journeys.Harness;

/// <summary>A real Prometheus that scrapes one admin side twice a second.</summary>
internal sealed class Prometheus : IAsyncDisposable
{
    private readonly Folder _folder = new();
    private Child? _process;

    /// <summary>Nobody listens there before it was started.</summary>
    public Uri Uri { get; } = FreePort.TakeUri();

    public async Task StartAsync(Uri admin)
    {
        var configuration = _folder.Write("prometheus.yml", $$"""
            global: { scrape_interval: 500ms, scrape_timeout: 500ms }
            scrape_configs: [ { job_name: snapback, static_configs: [ { targets: [ "{{admin.Authority}}" ] } ] } ]
            """);
        var info = new ProcessStartInfo("prometheus",
        [
            $"--config.file={configuration}", $"--storage.tsdb.path={_folder.At("tsdb")}", $"--web.listen-address={Uri.Authority}",
        ]);
        try
        {
            _process = Child.Start(info);
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("The journey needs prometheus on the PATH: apt-get install prometheus.", e);
        }

        using var probe = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await Eventually.SeeAsync("prometheus is ready", async () =>
        {
            try
            {
                using var response = await probe.GetAsync(new Uri(Uri, "/-/ready"));
                return response.IsSuccessStatusCode;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                return false;
            }
        }, ready => ready, TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.KillTree();
            await _process.ExitAsync();
            await _process.DisposeAsync();
        }

        await _folder.DisposeAsync();
    }
}
