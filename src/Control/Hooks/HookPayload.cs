using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Hooks;

/// <summary>What a hook is told: Flagger's payload, so that its receivers work.</summary>
internal static class HookPayload
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="more">Wins over the hook's own metadata, as in Flagger.</param>
    public static byte[] Of(Hook hook, RolloutPlan plan, RolloutStatus status, params ReadOnlySpan<(string Key, string Value)> more)
    {
        var metadata = new Dictionary<string, string>(hook.Metadata, StringComparer.Ordinal)
        {
            ["weight"] = status.Weight.ToString(),
            ["step"] = status.Step.ToString(CultureInfo.InvariantCulture),
            ["generation"] = status.Generation.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (key, value) in more)
        {
            metadata[key] = value;
        }

        return JsonSerializer.SerializeToUtf8Bytes(
            new Payload(status.Name, plan.Namespace, Phase(plan, status), status.Version ?? "", metadata), Options);
    }

    /// <summary>Flagger's word for where the rollout is.</summary>
    private static string Phase(RolloutPlan plan, RolloutStatus status) => status.Phase switch
    {
        RolloutPhase.Idle => "Initialized",
        RolloutPhase.Waiting when status.Step == 0 => "Waiting",
        RolloutPhase.Waiting when status.Step == plan.Steps.Length => "WaitingPromotion",
        RolloutPhase.Promoted => "Succeeded",
        RolloutPhase.RolledBack => "Failed",
        _ => "Progressing",
    };

    private sealed record Payload(
        [property: JsonPropertyName("name")] string Name,
        [property: JsonPropertyName("namespace")] string Namespace,
        [property: JsonPropertyName("phase")] string Phase,
        [property: JsonPropertyName("checksum")] string Checksum,
        [property: JsonPropertyName("metadata")] IReadOnlyDictionary<string, string> Metadata);
}
