using Microsoft.Extensions.Primitives;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// A section that changes to nothing with which the proxy would not start. Users would be the first to learn of it, by a 500 or 503, and no arm
/// would be charged with what never reached one.
/// </summary>
internal sealed class CheckedReload : IConfiguration, IDisposable
{
    private readonly IConfigurationSection _section;
    private readonly Func<Task<IReadOnlyList<string>>> _problems;
    private readonly Serilog.ILogger _logger;
    private readonly IDisposable _watch;
    private ConfigurationReloadToken _token = new();

    /// <summary>Why what was read last is not taken; empty when it is.</summary>
    private string _refusal = "";

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
        var refusal = string.Join(" ", await _problems());
        // One save of a file is several changes of it to whoever watches.
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
}
