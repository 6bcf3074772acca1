using Microsoft.Extensions.Primitives;
using Snapback.Control.Admin;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// What the configuration says and nothing takes, as warnings at the start and after each change: keys and sections that nothing reads, and changes of what is
/// read at the start only. Whoever wrote one believes that it holds.
/// </summary>
internal sealed class NotTaken : IDisposable
{
    private static readonly string[] AtStartOnly = ["Snapback", KestrelSection.Name, Identity.Section, "Serilog"];

    private readonly IConfiguration _configuration;
    private readonly Serilog.ILogger _logger;
    private readonly Dictionary<string, int> _atStart;
    private readonly IDisposable _watch;
    private HashSet<string> _told = [];

    public NotTaken(IConfiguration configuration, Serilog.ILogger logger)
    {
        (_configuration, _logger) = (configuration, logger);
        _atStart = AtStartOnly.ToDictionary(section => section, Hash);
        Look();
        _watch = ChangeToken.OnChange(configuration.GetReloadToken, Look);
    }

    public void Dispose() => _watch.Dispose();

    private void Look()
    {
        HashSet<string> found = [.. KnownKeys.Misspelt(_configuration), .. ReverseProxySection.Unread(_configuration), .. Changed()];
        // A file's watcher reports several changes for one save.
        foreach (var sentence in found.Except(Interlocked.Exchange(ref _told, found)))
        {
            _logger.Warning("{NotTaken}", sentence);
        }
    }

    private IEnumerable<string> Changed() => AtStartOnly.Where(section => Hash(section) != _atStart[section])
        .Select(section => $"{section} was changed in the configuration, and is read at the start only. Restart to take the change.");

    private int Hash(string section)
    {
        var hash = new HashCode();
        foreach (var (key, value) in _configuration.GetSection(section).AsEnumerable().Where(static setting => !IsReadEachTime(setting.Key)))
        {
            hash.Add(key, StringComparer.OrdinalIgnoreCase);
            hash.Add(value, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    /// <summary>Hooks and queries look at theirs for each call, tokens are renewed, and the library of the log follows its levels.</summary>
    private static bool IsReadEachTime(string key) => key.StartsWith("Snapback:Providers", StringComparison.OrdinalIgnoreCase)
        || key.StartsWith("Snapback:Hooks", StringComparison.OrdinalIgnoreCase)
        || key.StartsWith("Snapback:" + AdminTokens.Key, StringComparison.OrdinalIgnoreCase)
        || Tokens.FileKeys.Contains(key, StringComparer.OrdinalIgnoreCase)
        || key.StartsWith("Serilog:MinimumLevel", StringComparison.OrdinalIgnoreCase);
}
