using Microsoft.Extensions.Primitives;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// A section of the configuration that keeps its last good value: a change is taken only if the proxy would start with it. Otherwise users
/// would be the first to learn of a mistake, by a 500 or 503, and no arm would be charged with it.
/// </summary>
internal sealed class CheckedReload : IConfiguration, IDisposable
{
    private readonly IConfigurationSection _section;
    private readonly Func<Task<IReadOnlyList<string>>> _problems;
    private readonly Serilog.ILogger _logger;
    private readonly IDisposable _watch;
    private ConfigurationReloadToken _token = new();

    /// <summary>Why the last change is not taken; empty if it is.</summary>
    private string _refusal = "";

    private int _changes;

    public CheckedReload(IConfiguration configuration, string section, Func<Task<IReadOnlyList<string>>> problems, Serilog.ILogger logger)
    {
        _section = configuration.GetSection(section);
        _problems = problems;
        _logger = logger;
        _watch = ChangeToken.OnChange(configuration.GetReloadToken, () => { _ = CheckAsync(); });
    }

    public string? this[string key]
    {
        get => _section[key];
        set => _section[key] = value;
    }

    public IEnumerable<IConfigurationSection> GetChildren() => _section.GetChildren();

    public IConfigurationSection GetSection(string key) => _section.GetSection(key);

    public IChangeToken GetReloadToken() => _token;

    public void Dispose() => _watch.Dispose();

    private async Task CheckAsync()
    {
        var change = Interlocked.Increment(ref _changes);
        var refusal = string.Join(" ", await ProblemsAsync());
        if (change != Volatile.Read(ref _changes))
        {
            // It was changed again during the check, and what was checked is no longer what would be taken.
            return;
        }

        // A file's watcher reports several changes for one save, and the same refusal is logged once.
        var told = Interlocked.Exchange(ref _refusal, refusal);
        if (refusal.Length > 0)
        {
            if (refusal != told)
            {
                _logger.Error(
                    "The configuration was changed, and its {Section} is not taken: what held before holds. {Problems}", _section.Key, refusal);
            }

            return;
        }

        if (told.Length > 0)
        {
            _logger.Information("The configuration is right again: its {Section} is taken.", _section.Key);
        }

        Interlocked.Exchange(ref _token, new ConfigurationReloadToken()).OnReload();
    }

    private async Task<IReadOnlyList<string>> ProblemsAsync()
    {
        try
        {
            return await _problems();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Nobody awaits a check: thrown on, it would be lost, and the change with it.
            return [$"{e.GetType().Name}: {e.Message}"];
        }
    }
}
