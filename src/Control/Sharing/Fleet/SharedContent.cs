using System.Text.Json;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>What a document or a message says, once it is believed.</summary>
/// <param name="Json">The plan as it is stored: its canonical form.</param>
internal sealed record SharedContent(RolloutPlan Plan, string Json, RolloutStatus Status)
{
    /// <summary>A plan is a page and a status a paragraph; whatever is longer was not written by us.</summary>
    private const int MaxLength = 256 * 1024;

    public static SharedContent Of(LiveRollout live) => new(live.Plan, PlanWriter.ToJson(live.Plan), live.Status);

    /// <param name="known">The plan as this replica has it, so that a rollback need not wait for a plan to be parsed.</param>
    /// <returns>Null unless both can be read and belong together.</returns>
    public static SharedContent? TryRead(string name, string json, RolloutStatus? status, SharedContent? known) =>
        status is { Generation: >= 0, Revision: >= 0, Step: >= 0 } && status.Name == name
        && (known?.Json == json ? known.Plan : Parse(name, json)) is { } plan && (status.Step <= plan.Steps.Length || !status.Phase.IsOpen())
            ? new SharedContent(plan, json, status)
            : null;

    /// <summary>A plan whose JSON is whole is no accident, also where this version cannot read it.</summary>
    public static bool IsWhole(string json)
    {
        try
        {
            using var plan = JsonDocument.Parse(json);
            return plan.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static RolloutPlan? Parse(string name, string json) =>
        json.Length <= MaxLength
            && PlanReader.FromYaml(json, defaults: new PlanDefaults(name)) is { IsValid: true, Plan: var plan }
            && plan.Name == name
            ? plan
            : null;
}
