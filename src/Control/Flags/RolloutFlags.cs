using System.Collections.Concurrent;
using Microsoft.FeatureManagement;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Flags;

/// <summary>
/// The rollouts' flags as Microsoft.FeatureManagement defines flags. Every look follows from the status of that instant, so
/// that an evaluation that begins after a rollback cannot find the flag on; a definition is made once per state and never
/// changed (the configuration's own provider binds each anew, and its reload can be overtaken).
/// </summary>
public sealed class RolloutFlags(RolloutBoard board) : IFeatureDefinitionProvider
{
    public const string On = "on";
    public const string Off = "off";

    private readonly ConcurrentDictionary<string, Made> _made = new(StringComparer.Ordinal);

    /// <summary>All flags, by name.</summary>
    public IEnumerable<FlagState> All => board.All.SelectMany(live => live.Flags).OrderBy(flag => flag.Name, StringComparer.Ordinal);

    /// <summary>Beats when a flag may have changed.</summary>
    public Pulse Changes => board.Changes;

    public FlagState? Find(string name)
    {
        foreach (var live in board.All)
        {
            foreach (var flag in live.Flags)
            {
                if (flag.Name == name)
                {
                    return flag;
                }
            }
        }

        return null;
    }

    public Task<FeatureDefinition> GetFeatureDefinitionAsync(string featureName) =>
        // The library takes null for a flag that it does not know; its signature cannot say so.
        Task.FromResult(Find(featureName) is { } flag ? DefinitionOf(flag) : null!);

    public async IAsyncEnumerable<FeatureDefinition> GetAllFeatureDefinitionsAsync()
    {
        await Task.CompletedTask;
        foreach (var flag in All)
        {
            yield return DefinitionOf(flag);
        }
    }

    private FeatureDefinition DefinitionOf(FlagState flag)
    {
        if (!_made.TryGetValue(flag.Name, out var made) || made.State != flag)
        {
            _made[flag.Name] = made = new Made(flag, Define(flag));
        }

        return made.Definition;
    }

    /// <summary>
    /// Off is Disabled and not a share of nobody: whatever else a definition may come to name, a disabled flag is off for
    /// everybody. A share of everybody is a default and no bucket, so that whoever has no name has the flag too.
    /// </summary>
    private static FeatureDefinition Define(FlagState flag) => new()
    {
        Name = flag.Name,
        Status = flag.Enabled ? FeatureStatus.Conditional : FeatureStatus.Disabled,
        EnabledFor = [new FeatureFilterConfiguration { Name = "AlwaysOn" }],
        Variants =
        [
            new VariantDefinition { Name = On, StatusOverride = StatusOverride.Enabled },
            new VariantDefinition { Name = Off, StatusOverride = StatusOverride.Disabled },
        ],
        Allocation = new Allocation
        {
            DefaultWhenDisabled = Off,
            DefaultWhenEnabled = flag.Share == Weight.Full ? On : Off,
            Percentile = flag.Share == Weight.Full ? [] : [new PercentileAllocation { Variant = On, From = 0, To = (double)flag.Share.Percent }],
            Seed = flag.Seed,
        },
    };

    private sealed record Made(FlagState State, FeatureDefinition Definition);
}
