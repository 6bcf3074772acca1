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

    private static SwitchReader Reader(IConfiguration configuration) =>
        new(configuration, new RolloutSwitches(), static _ => null, TimeProvider.System, NullLogger<SwitchReader>.Instance);

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(value => value.Key, value => (string?)value.Value)).Build();
}
