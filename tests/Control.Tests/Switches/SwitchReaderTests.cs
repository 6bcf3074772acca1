using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Snapback.Control.Rollouts;
using Snapback.Control.Switches;
using Snapback.Control.Tests.Rollouts;
using Snapback.Control.Tests.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Switches;

public sealed class SwitchReaderTests
{
    private const string Flag = "feature_management:feature_flags:0";

    private readonly RolloutSwitches _switches = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_switch_that_is_not_defined_is_on()
    {
        await using var reader = Reader(Configuration());
        foreach (var one in _switches.All)
        {
            one.IsOn = false;
        }

        await reader.ReadAsync();
        Assert.All(_switches.All, one => Assert.True(one.IsOn, one.Name));
    }

    public static TheoryData<string> Names => [.. new RolloutSwitches().All.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Each_switch_turns_its_own_field_off_and_on_again(string name)
    {
        var configuration = Configuration((Flag + ":id", name), (Flag + ":enabled", "false"));
        await using var reader = Reader(configuration);
        await reader.ReadAsync();
        Assert.Equal([name], _switches.All.Where(one => !one.IsOn).Select(one => one.Name));
        var fields = new Dictionary<string, bool>
        {
            ["auto-rollback"] = _switches.AutoRollback,
            ["auto-advance"] = _switches.AutoAdvance,
            ["sticky-arms"] = _switches.StickyArms,
            ["shield"] = _switches.Shield,
            ["shadow"] = _switches.Shadow,
            ["overrides"] = _switches.Overrides,
        };
        Assert.Equal([name], fields.Where(field => !field.Value).Select(field => field.Key));
        configuration[Flag + ":enabled"] = "true";
        configuration.Reload();
        await reader.ReadAsync();
        Assert.All(_switches.All, one => Assert.True(one.IsOn, one.Name));
    }

    [Fact]
    public async Task A_reload_takes_effect_within_a_second_and_not_before_it_is_read()
    {
        var configuration = Configuration((Flag + ":id", "auto-advance"), (Flag + ":enabled", "true"));
        await using var reader = Reader(configuration);
        using var stop = new CancellationTokenSource();
        var loop = reader.RunAsync(stop.Token);
        // Behind the loop's own first look.
        await reader.ReadAsync();
        configuration[Flag + ":enabled"] = "false";
        configuration.Reload();
        _time.Advance(TimeSpan.FromMilliseconds(999));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.True(_switches.AutoAdvance);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Eventually.HoldsAsync(() => !_switches.AutoAdvance, "the switch is off");
        await EndAsync(loop, stop);
    }

    [Fact]
    public async Task It_looks_every_second_whether_a_filter_changed_its_mind()
    {
        var configuration = Configuration((Flag + ":id", "auto-advance"), (Flag + ":enabled", "true"));
        await using var reader = Reader(configuration);
        using var stop = new CancellationTokenSource();
        var loop = reader.RunAsync(stop.Token);
        _switches.AutoAdvance = false;
        await Eventually.HoldsAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return _switches.AutoAdvance;
            },
            "the switch is read again");
        await EndAsync(loop, stop);
    }

    private static async Task EndAsync(Task loop, CancellationTokenSource stop)
    {
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_switch_that_cannot_be_read_keeps_its_value(bool value)
    {
        await using var reader = Reader(Configuration(
            (Flag + ":id", "auto-rollback"),
            (Flag + ":enabled", "true"),
            (Flag + ":conditions:client_filters:0:name", "NobodyKnowsThisFilter")));
        _switches.AutoRollback = value;
        await reader.ReadAsync();
        Assert.Equal(value, _switches.AutoRollback);
    }

    [Fact]
    public async Task While_automatic_rollback_is_off_it_says_so_every_minute()
    {
        var log = new Lines();
        await using var reader = new SwitchReader(
            Configuration((Flag + ":id", "auto-rollback"), (Flag + ":enabled", "false")),
            _switches,
            static _ => null,
            _time,
            log);
        for (var second = 0; second <= 120; second++)
        {
            await reader.ReadAsync();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3, log.Count(LogLevel.Critical));
    }

    [Fact]
    public async Task A_switch_that_cannot_be_read_says_so_every_minute_and_at_once_if_it_is_for_another_reason()
    {
        var log = new Lines();
        const string filter = Flag + ":conditions:client_filters:0:name";
        var configuration = Configuration((Flag + ":id", "auto-rollback"), (Flag + ":enabled", "true"), (filter, "NobodyKnowsThisFilter"));
        await using var reader = new SwitchReader(configuration, _switches, static _ => null, _time, log);
        for (var second = 0; second <= 90; second++)
        {
            await reader.ReadAsync();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(2, log.Count(LogLevel.Error));
        configuration[filter] = "NorThisOne";
        configuration.Reload();
        await reader.ReadAsync();
        Assert.Equal(3, log.Count(LogLevel.Error));
    }

    private static IConfigurationRoot Configuration(params (string Key, string? Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(value => value.Key, value => value.Value)).Build();

    private SwitchReader Reader(IConfiguration configuration) =>
        new(configuration, _switches, static _ => null, _time, NullLogger<SwitchReader>.Instance);

    private sealed class Lines : ILogger<SwitchReader>
    {
        private readonly List<LogLevel> _levels = [];

        public int Count(LogLevel level) => _levels.Count(each => each == level);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _levels.Add(logLevel);
    }
}
