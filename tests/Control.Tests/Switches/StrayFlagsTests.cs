using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;
using Snapback.Control.Tests.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Switches;

public sealed class StrayFlagsTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Lines _log = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("auto-rolback", "auto-rollback")]
    [InlineData("AutoRollback", "auto-rollback")]
    [InlineData("auto_advance", "auto-advance")]
    [InlineData("sheild", "shield")]
    [InlineData("override", "overrides")]
    public async Task A_flag_that_looks_like_a_switch_and_is_none_is_told_with_what_was_probably_meant(string flag, string meant)
    {
        await using var plane = await StartAsync(
            Configuration(
                ("feature_management:feature_flags:0:id", flag), ("feature_management:feature_flags:0:enabled", "false")));
        await ToldAsync(
            $"Flag {flag} of the configuration turns nothing off: no switch has this name, and no segment asks for it. Did you mean {meant}?");
    }

    [Fact]
    public async Task It_is_told_in_the_other_form_of_the_section_too_and_when_a_reload_brings_it_and_not_at_the_next()
    {
        var file = new Changing();
        file.Set("FeatureManagement:auto-rollback", "true");
        await using var plane = await StartAsync(new ConfigurationBuilder().Add(file).Build());
        file.Set("FeatureManagement:auto-rolback", "false");
        await ToldAsync(
            "Flag auto-rolback of the configuration turns nothing off: no switch has this name, and no segment asks for it. Did you mean auto-rollback?");
        file.Set("FeatureManagement:auto-advnace", "false");
        await ToldAsync(
            "Flag auto-advnace of the configuration turns nothing off: no switch has this name, and no segment asks for it. Did you mean auto-advance?");
        Assert.Equal(2, Strays.Count());
    }

    [Fact]
    public async Task Switches_flags_that_look_like_none_and_flags_of_segments_are_left_alone()
    {
        string[] flags = ["auto-rollback", "SHIELD", "beta-users", "new-checkout", "shadows", "overrides-2", "auto-rolback"];
        await using var plane = await StartAsync(
            Configuration(
                [.. flags.SelectMany((flag, i) => new[]
                {
                    ($"feature_management:feature_flags:{i}:id", flag),
                    ($"feature_management:feature_flags:{i}:enabled", "true")
                })]),
            new Segment { Any = [Flag("Shadows"), new Condition(ConditionKind.All, "", []) { Parts = [Flag("overrides-2")] }] });
        await ToldAsync(
            "Flag auto-rolback of the configuration turns nothing off: no switch has this name, and no segment asks for it. Did you mean auto-rollback?");
        Assert.Single(Strays);
    }

    [Fact]
    public async Task One_that_the_other_form_of_the_section_hides_is_told()
    {
        await using var plane = await StartAsync(Configuration(
            ("feature_management:feature_flags:0:id", "auto-rollback"),
            ("feature_management:feature_flags:0:enabled", "true"),
            ("FeatureManagement:Auto-Rollback", "false"),
            ("FeatureManagement:shield", "false")));
        await Eventually.HoldsAsync(() => Told("FeatureManagement:Auto-Rollback of the configuration is not read"), "it says so");
        Assert.False(Told("FeatureManagement:shield"));

        bool Told(string what) => _log.Warnings.Any(line => line.StartsWith(what, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("feature_management:auto-rollback", "feature_management:auto-rollback")]
    [InlineData("feature_management:feature_flags", "feature_management:feature_flags")]
    [InlineData("feature_management:feature_flags:shield", "feature_management:feature_flags:shield")]
    [InlineData("feature_management:feature_flags:0:name", "feature_management:feature_flags:0")]
    public async Task One_in_a_form_that_nothing_reads_is_told(string key, string said)
    {
        await using var plane = await StartAsync(Configuration((key, "false")));
        await Eventually.HoldsAsync(
            () => _log.Warnings.Contains(
                $$"""{{said}} of the configuration is not read. Write a flag as an element of feature_management:feature_flags: { "id": "shield", "enabled": false }."""),
            "it says so");
    }

    private static Condition Flag(string name) => new(ConditionKind.Flag, name, []);

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(value => value.Key, value => (string?)value.Value)).Build();

    private IEnumerable<string> Strays => _log.Warnings.Where(line => line.Contains("turns nothing off", StringComparison.Ordinal));

    private Task ToldAsync(string sentence) => Eventually.HoldsAsync(() => Strays.Contains(sentence), $"it says: {sentence}");

    private async Task<ControlPlane> StartAsync(IConfiguration configuration, Segment? segment = null)
    {
        var plane = await ControlPlane.OpenAsync(_directory.Path, configuration, "r1", TimeProvider.System, _log);
        await plane.SeedAsync([Samples.Plan with { Segment = segment ?? Segment.Everybody }]);
        plane.Start();
        return plane;
    }

    /// <summary>As a file does, and the provider in memory does not: whoever reads while it changes reads what was there before.</summary>
    private sealed class Changing : ConfigurationProvider, IConfigurationSource
    {
        public override void Set(string key, string? value)
        {
            Data = new Dictionary<string, string?>(Data, StringComparer.OrdinalIgnoreCase) { [key] = value };
            OnReload();
        }

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;
    }

    private sealed class Lines : ILoggerFactory, ILogger
    {
        private readonly ConcurrentQueue<string> _warnings = new();

        public IEnumerable<string> Warnings => _warnings;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
            {
                _warnings.Enqueue(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
