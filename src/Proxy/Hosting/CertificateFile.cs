using System.Net.Security;
using System.Security.Cryptography;

namespace Snapback.Proxy.Hosting;

/// <summary>One certificate that Kestrel's section names by files. Not thread-safe, but for <see cref="Current"/>.</summary>
/// <param name="section">The settings that name it, such as <c>Kestrel:Certificates:Default</c>.</param>
internal sealed class CertificateFile(IConfigurationSection section, Serilog.ILogger logger)
{
    private readonly Dictionary<string, string?> _settings =
        section.AsEnumerable(makePathsRelative: true).Where(setting => setting.Key.Length > 0).ToDictionary();

    private volatile SslStreamCertificateContext? _current;
    private string? _taken;
    private string? _seen;
    private string? _told;

    /// <summary>What a handshake gets; null until the files could be read.</summary>
    public SslStreamCertificateContext? Current => _current;

    public static bool IsIn(IConfigurationSection section) => section["Path"] is { Length: > 0 };

    /// <summary>Takes what the files hold now, if that is a certificate with its key. Contents are compared and not times: the files of a
    /// Kubernetes secret are links, whose times stay.</summary>
    /// <returns>The certificate's thumbprint if it is a new one; else null.</returns>
    public string? Look()
    {
        var contents = $"{Digest("Path")}|{Digest("KeyPath")}";
        if (contents == _taken || contents == _told)
        {
            _told = contents == _taken ? null : _told;
            return null;
        }

        try
        {
            var (certificate, chain) = KestrelSection.Load(_settings);
            var isRenewed = _current is not null && certificate.Thumbprint != _current.TargetCertificate.Thumbprint;
            _current = SslStreamCertificateContext.Create(certificate, chain);
            (_taken, _told) = (contents, null);
            if (isRenewed)
            {
                logger.Information(
                    "The certificate in {Path} was renewed: {Subject}, valid until {Until:u}.",
                    _settings["Path"], certificate.Subject, certificate.NotAfter.ToUniversalTime());
            }

            return certificate.Thumbprint;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Certificate and key are two files, which are written one after the other: only what stays wrong is told.
            if (contents == _seen)
            {
                _told = contents;
                logger.Error(
                    "The certificate in {Path} was changed and is not taken: {Why} The one before is served on. Put the right files there.",
                    _settings["Path"], KestrelSection.Why(e));
            }

            return null;
        }
        finally
        {
            _seen = contents;
        }
    }

    private string Digest(string setting)
    {
        if (!_settings.TryGetValue(setting, out var path) || path is null)
        {
            return "";
        }

        try
        {
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, path))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
