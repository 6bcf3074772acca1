using System.Text.Json.Nodes;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Flags;

/// <summary>The flags in the JSON of Microsoft.FeatureManagement, for applications that evaluate by themselves.</summary>
internal static class FlagDefinitions
{
    /// <returns><c>{"feature_management":{"feature_flags":[…]}}</c>, ready to be a configuration source.</returns>
    public static JsonObject Of(IEnumerable<FlagState> flags) => new()
    {
        ["feature_management"] = new JsonObject { ["feature_flags"] = new JsonArray([.. flags.Select(Of)]) },
    };

    private static JsonObject Of(FlagState flag)
    {
        var allocation = new JsonObject
        {
            ["default_when_disabled"] = RolloutFlags.Off,
            ["default_when_enabled"] = flag.Share == Weight.Full ? RolloutFlags.On : RolloutFlags.Off,
        };
        if (flag.Share < Weight.Full)
        {
            allocation["percentile"] = new JsonArray(new JsonObject { ["variant"] = RolloutFlags.On, ["from"] = 0, ["to"] = flag.Share.Percent });
        }

        if (flag.Seed is { } seed)
        {
            allocation["seed"] = seed;
        }

        return new JsonObject
        {
            ["id"] = flag.Name,
            ["enabled"] = flag.Enabled,
            ["variants"] = new JsonArray(
                new JsonObject { ["name"] = RolloutFlags.On, ["configuration_value"] = true, ["status_override"] = "Enabled" },
                new JsonObject { ["name"] = RolloutFlags.Off, ["configuration_value"] = false, ["status_override"] = "Disabled" }),
            ["allocation"] = allocation,
        };
    }
}
