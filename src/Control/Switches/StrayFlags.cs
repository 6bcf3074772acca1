using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Microsoft.FeatureManagement;

namespace Snapback.Control.Switches;

/// <summary>
/// Flags that nothing reads and that look like a switch, stand beside one of the same name in the form that is read first, or in a form that
/// nothing reads: whoever wrote one believes that something is off.
/// </summary>
/// <param name="meant">The switch that a flag of this name was probably meant to be; null for a flag that somebody reads, and for
/// one like no switch.</param>
internal sealed partial class StrayFlags(
    IConfiguration configuration, IFeatureDefinitionProvider definitions, Func<string, string?> meant, ILogger logger)
{
    private const string Section = "feature_management";
    private const string First = $"{Section}:feature_flags";
    private const string Second = "FeatureManagement";

    private IChangeToken? _seen;
    private HashSet<string> _told = [];

    /// <summary>At first, and after each reload: a switch is turned in an emergency, and misspelt in one.</summary>
    public async Task LookAsync()
    {
        if (_seen is { HasChanged: false })
        {
            return;
        }

        _seen = configuration.GetReloadToken();
        var strays = new HashSet<string>(StringComparer.Ordinal);
        foreach (var flag in Hidden())
        {
            if (strays.Add(flag.Path) && !_told.Contains(flag.Path))
            {
                LogHidden(flag.Path, First);
            }
        }

        foreach (var flag in Misplaced())
        {
            if (strays.Add(flag.Path) && !_told.Contains(flag.Path))
            {
                LogMisplaced(flag.Path, First);
            }
        }

        try
        {
            await foreach (var flag in definitions.GetAllFeatureDefinitionsAsync())
            {
                if (meant(flag.Name) is { } one
                    && !string.Equals(one, flag.Name, StringComparison.OrdinalIgnoreCase)
                    && strays.Add(flag.Name)
                    && !_told.Contains(flag.Name))
                {
                    LogStray(flag.Name, one);
                }
            }
        }
        catch (Exception e) when (e is FeatureManagementException or InvalidOperationException or FormatException or ArgumentException)
        {
            // A flag that cannot be read is told by whoever reads it; a switch keeps its value.
        }

        _told = strays;
    }

    /// <summary>The settings that are shipped define every switch in the first form, which Microsoft.FeatureManagement takes wherever it finds both.</summary>
    private IEnumerable<IConfigurationSection> Hidden()
    {
        var read = configuration.GetSection(First).GetChildren().Select(flag => flag["id"]).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        return configuration.GetSection(Second).GetChildren().Where(flag => read.Contains(flag.Key));
    }

    /// <summary>A flag is an element with an id; Microsoft.FeatureManagement passes over whatever else there is in silence.</summary>
    private IEnumerable<IConfigurationSection> Misplaced()
    {
        var flags = configuration.GetSection(First);
        return configuration.GetSection(Section).GetChildren().Where(one => !one.Path.Equals(First, StringComparison.OrdinalIgnoreCase))
            .Concat(string.IsNullOrEmpty(flags.Value) ? [] : [flags])
            .Concat(flags.GetChildren().Where(flag => flag["id"] is null));
    }

    [LoggerMessage(
        EventIds.FlagMisplaced,
        LogLevel.Warning,
        "{Path} of the configuration is not read. Write a flag as an element of {First}: {{ \"id\": \"shield\", \"enabled\": false }}.")]
    private partial void LogMisplaced(string path, string first);

    [LoggerMessage(
        EventIds.FlagHidden,
        LogLevel.Warning,
        "{Path} of the configuration is not read: {First} has a flag of this name, and is read first. Change it there.")]
    private partial void LogHidden(string path, string first);

    [LoggerMessage(
        EventIds.FlagStray,
        LogLevel.Warning,
        "Flag {Flag} of the configuration turns nothing off: no switch has this name, and no segment asks for it. Did you mean {Switch}?")]
    private partial void LogStray(string flag, string @switch);
}
