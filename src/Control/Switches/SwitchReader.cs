using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Microsoft.FeatureManagement;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Switches;

/// <summary>
/// Feature flags of the product itself (<c>feature_management</c> in the configuration), evaluated here once a second into
/// plain fields. A flag that is not defined is on; one that cannot be read keeps its last value.
/// </summary>
public sealed partial class SwitchReader : IAsyncDisposable
{
    /// <summary>Filters such as time windows change without a reload, and a reload is seen no later.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ReminderInterval = TimeSpan.FromMinutes(1);

    /// <summary>How long a filter is waited for: the other switches are read behind it, and at the start so is the store.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly IConfiguration _configuration;
    private readonly RolloutSwitches _switches;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ServiceProvider _services;
    private readonly IVariantFeatureManager _features;
    private readonly IFeatureDefinitionProvider _definitions;
    private readonly StrayFlags _strays;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly Dictionary<string, (string Why, TimeSpan At)> _unreadable = new(StringComparer.Ordinal);

    /// <summary>Filters that have not answered yet, each asked once: of one that never does, every second would add another call.</summary>
    private readonly Dictionary<string, Task<bool>> _awaited = new(StringComparer.Ordinal);

    private IChangeToken _reload;
    private TimeSpan? _remindedAt;

    /// <param name="meant">The switch that a flag of this name was probably meant to be, or null.</param>
    public SwitchReader(
        IConfiguration configuration,
        RolloutSwitches switches,
        Func<string, string?> meant, TimeProvider time, ILogger<SwitchReader> logger)
    {
        _configuration = configuration;
        _reload = configuration.GetReloadToken();
        _switches = switches;
        _time = time;
        _logger = logger;
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(configuration);
        // The configuration merges lists by position: without this, a file that names one flag would replace whichever comes first.
        services.Configure<ConfigurationFeatureDefinitionProviderOptions>(options => options.CustomConfigurationMergingEnabled = true);
        services.AddFeatureManagement();
        foreach (var filter in FilterAssemblies.Read(configuration))
        {
            services.AddSingleton(typeof(IFeatureFilterMetadata), filter);
        }

        _services = services.BuildServiceProvider();
        _features = _services.GetRequiredService<IVariantFeatureManager>();
        _definitions = _services.GetRequiredService<IFeatureDefinitionProvider>();
        _strays = new StrayFlags(configuration, _definitions, meant, logger);
    }

    /// <summary>The flags of the configuration.</summary>
    public IVariantFeatureManager Features => _features;

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        do
        {
            await ReadAsync();
            await _strays.LookAsync();
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    public async Task ReadAsync()
    {
        await _reading.WaitAsync();
        try
        {
            if (_reload.HasChanged)
            {
                // Who turns a switch in an emergency is not held up by what a filter was asked before.
                _reload = _configuration.GetReloadToken();
                _awaited.Clear();
            }

            foreach (var one in _switches.All)
            {
                one.IsOn = await ReadAsync(one.Name, one.IsOn);
            }

            Remind();
        }
        finally
        {
            _reading.Release();
        }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private async Task<bool> ReadAsync(string name, bool before)
    {
        try
        {
            var now = await AskAsync(name);
            if (now != before)
            {
                LogSwitched(name, now ? "on" : "off");
            }

            _unreadable.Remove(name);
            return now;
        }
#pragma warning disable CA1031 // Filters run others' rules: whatever they throw, a time-out too, the other switches are read.
        catch (Exception e)
#pragma warning restore CA1031
        {
            TellUnreadable(name, before, e.Message);
            return before;
        }
    }

    /// <exception cref="TimeoutException">Its filter has not answered; the answer is taken when it comes.</exception>
    private async Task<bool> AskAsync(string name)
    {
        var isNew = !_awaited.TryGetValue(name, out var asked);
        // On a thread of its own: a filter may also wait without giving its thread back.
        asked ??= Task.Run(async () => await _definitions.GetFeatureDefinitionAsync(name) is null || await _features.IsEnabledAsync(name));
        _awaited[name] = asked;
        try
        {
            return await asked.WaitAsync(isNew ? Patience : TimeSpan.Zero, _time);
        }
        catch (TimeoutException) when (!asked.IsCompleted)
        {
            throw new TimeoutException("its filter does not answer, and is asked again when it has answered or the configuration is read again.");
        }
        finally
        {
            if (asked.IsCompleted)
            {
                _awaited.Remove(name);
            }
        }
    }

    /// <summary>Once for each reason, and again every minute: it is tried every second.</summary>
    private void TellUnreadable(string name, bool before, string why)
    {
        var now = Moment.Now(_time).Monotonic;
        if (!_unreadable.TryGetValue(name, out var told) || told.Why != why || now - told.At >= ReminderInterval)
        {
            _unreadable[name] = (why, now);
            LogUnreadable(name, before ? "on" : "off", why);
        }
    }

    private void Remind()
    {
        if (_switches.AutoRollback)
        {
            _remindedAt = null;
            return;
        }

        var now = Moment.Now(_time).Monotonic;
        if (_remindedAt is not { } last || now - last >= ReminderInterval)
        {
            _remindedAt = now;
            LogUnprotected();
        }
    }

    [LoggerMessage(EventIds.SwitchChanged, LogLevel.Warning, "Switch {Switch} is {State} now.")]
    private partial void LogSwitched(string @switch, string state);

    [LoggerMessage(EventIds.SwitchUnreadable, LogLevel.Error, "Switch {Switch} cannot be read and stays {State}: {Why}")]
    private partial void LogUnreadable(string @switch, string state, string why);

    [LoggerMessage(
        EventIds.AutoRollbackOff,
        LogLevel.Critical,
        "AUTOMATIC ROLLBACK IS OFF: a broken canary keeps its traffic until someone rolls it back.")]
    private partial void LogUnprotected();
}
