using System.Collections.Concurrent;
using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// The certificates of Kestrel's section as their files are now, for all sides: the next handshake gets a renewed one, and no connection ends. For Kestrel's
/// own reload an end point is closed until the requests under way have ended, and after five seconds they are cut.
/// </summary>
internal sealed class RenewedCertificates : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly CertificateFile[] _files;

    /// <summary>By the thumbprints of all that a file has held: Kestrel knows one of them, read a moment before or after.</summary>
    private readonly ConcurrentDictionary<string, CertificateFile> _known = new(StringComparer.Ordinal);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public RenewedCertificates(IConfiguration configuration, Serilog.ILogger logger)
    {
        _files = [.. KestrelSection.Certificates(configuration).Where(CertificateFile.IsIn).Select(section => new CertificateFile(section, logger))];
        Look();
    }

    public void Start(TimeProvider time) => _loop = _files.Length == 0 ? Task.CompletedTask : RunAsync(time);

    public void Use(KestrelServerOptions kestrel)
    {
        if (_files.Length > 0)
        {
            kestrel.ConfigureHttpsDefaults(https => https.OnAuthenticate = (_, handshake) => Renew(handshake));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private void Renew(SslServerAuthenticationOptions handshake)
    {
        if (handshake.ServerCertificateContext is { } loaded && _known.TryGetValue(loaded.TargetCertificate.Thumbprint, out var file))
        {
            handshake.ServerCertificateContext = file.Current;
        }
    }

    private async Task RunAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            Look();
        }
    }

    private void Look()
    {
        foreach (var file in _files)
        {
            if (file.Look() is { } thumbprint)
            {
                _known.TryAdd(thumbprint, file);
            }
        }
    }
}
