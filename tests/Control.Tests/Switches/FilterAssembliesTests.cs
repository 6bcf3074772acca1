using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.FeatureManagement;
using Snapback.Control.Rollouts;
using Snapback.Control.Switches;
using Xunit;

namespace Snapback.Control.Tests.Switches;

/// <summary>A filter as an operator writes one; this assembly is the one that the configuration names.</summary>
[FilterAlias("Tests.EvenLength")]
public sealed class EvenLengthFilter : IFeatureFilter
{
    public Task<bool> EvaluateAsync(FeatureFilterEvaluationContext context) => Task.FromResult(context.FeatureName.Length % 2 == 0);
}

/// <summary>One that asks somebody who is away, each time in another way.</summary>
[FilterAlias("Tests.Away")]
public sealed class AwayFilter : IFeatureFilter
{
    public Task<bool> EvaluateAsync(FeatureFilterEvaluationContext context) => context.Parameters["is"] == "slow"
        ? throw new TaskCanceledException("The request was canceled due to the configured timeout.")
        : throw new HttpRequestException("Connection refused.");
}

/// <summary>One whose call is lost: it waits for ever, with the thread that asked it or without.</summary>
[FilterAlias("Tests.Lost")]
public sealed class LostFilter : IFeatureFilter
{
    private static readonly ManualResetEvent Answer = new(false);
    private static int _asked;

    public static int Asked => Volatile.Read(ref _asked);

    public Task<bool> EvaluateAsync(FeatureFilterEvaluationContext context)
    {
        Interlocked.Increment(ref _asked);
        if (context.Parameters["is"] == "blocking")
        {
            Answer.WaitOne();
        }

        return new TaskCompletionSource<bool>().Task;
    }
}

public sealed class FilterAssembliesTests
{
    private const string Flag = "feature_management:feature_flags:0:";

    [Theory]
    [InlineData("even", true)]
    [InlineData("odd", false)]
    public async Task A_filter_of_an_assembly_that_the_configuration_names_is_asked(string flag, bool isOn)
    {
        var configuration = Configuration(
            ("Snapback:FeatureFilters:0", typeof(EvenLengthFilter).Assembly.Location),
            (Flag + "id", flag), (Flag + "enabled", "true"), (Flag + "conditions:client_filters:0:name", "Tests.EvenLength"));
        await using var reader = Reader(configuration);
        Assert.Equal(isOn, await reader.Features.IsEnabledAsync(flag, TestContext.Current.CancellationToken));
    }

    /// <summary>A time-out looks like the end of the process, and the loop that reads the switches must not take it for that.</summary>
    [Theory]
    [InlineData("slow")]
    [InlineData("gone")]
    public async Task A_switch_whose_filter_asks_somebody_who_is_away_keeps_its_value_and_the_others_are_read(string away)
    {
        var configuration = Configuration(
            ("Snapback:FeatureFilters:0", typeof(AwayFilter).Assembly.Location),
            (Flag + "id", "auto-rollback"), (Flag + "enabled", "true"),
            (Flag + "conditions:client_filters:0:name", "Tests.Away"), (Flag + "conditions:client_filters:0:parameters:is", away),
            ("feature_management:feature_flags:1:id", "auto-advance"), ("feature_management:feature_flags:1:enabled", "false"));
        var switches = new RolloutSwitches();
        await using var reader = Reader(configuration, switches);
        await reader.ReadAsync();
        Assert.Equal((true, false), (switches.AutoRollback, switches.AutoAdvance));
    }

    [Theory]
    [InlineData("blocking")]
    [InlineData("waiting")]
    public async Task A_switch_whose_filter_never_answers_holds_up_no_other_and_follows_a_configuration_without_it(string lost)
    {
        var configuration = Configuration(
            ("Snapback:FeatureFilters:0", typeof(LostFilter).Assembly.Location),
            (Flag + "id", "auto-rollback"), (Flag + "enabled", "true"),
            (Flag + "conditions:client_filters:0:name", "Tests.Lost"), (Flag + "conditions:client_filters:0:parameters:is", lost),
            ("feature_management:feature_flags:1:id", "auto-advance"), ("feature_management:feature_flags:1:enabled", "false"));
        var switches = new RolloutSwitches();
        await using var reader = Reader(configuration, switches);
        var asked = LostFilter.Asked;
        for (var reading = 0; reading < 3; reading++)
        {
            await reader.ReadAsync().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        }

        Assert.Equal((true, false, 1), (switches.AutoRollback, switches.AutoAdvance, LostFilter.Asked - asked));
        configuration[Flag + "conditions:client_filters:0:name"] = null;
        configuration[Flag + "conditions:client_filters:0:parameters:is"] = null;
        configuration[Flag + "enabled"] = "false";
        configuration.Reload();
        await reader.ReadAsync().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.False(switches.AutoRollback);
    }

    [Theory]
    [InlineData("nowhere.dll", "cannot be loaded")]
    [InlineData("Snapback.Control.Tests.deps.json", "cannot be loaded")]
    [InlineData("YamlDotNet.dll", "has no public class that is an IFeatureFilter")]
    public void A_file_that_has_none_is_named(string file, string why)
    {
        var error = Assert.Throws<InvalidDataException>(
            () => Reader(Configuration(("Snapback:FeatureFilters:0", Path.Combine(AppContext.BaseDirectory, file)))));
        Assert.StartsWith("Snapback:FeatureFilters:0: '", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    private static SwitchReader Reader(IConfiguration configuration, RolloutSwitches? switches = null) =>
        new(configuration, switches ?? new RolloutSwitches(), static _ => null, TimeProvider.System, NullLogger<SwitchReader>.Instance);

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(value => value.Key, value => (string?)value.Value)).Build();
}
