using System.Text.Json;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Hooks;

public enum HookVerdict
{
    Go,

    /// <summary>Not yet; to be asked again.</summary>
    Wait,

    RollBack,

    /// <summary>A no that counts as a failed check; to be asked again.</summary>
    Failed,

    /// <summary>Nobody answered: that says nothing about the canary.</summary>
    Down,
}

/// <param name="Sentence">What happened, without a subject: "answered 500".</param>
public readonly record struct HookAnswer(HookVerdict Verdict, string Sentence)
{
    /// <summary>Flagger's reading: 200 to 202 is a yes, everything else is a no.</summary>
    private const int HighestYes = 202;

    private const int LongestReason = 300;

    /// <summary>A JSON answer may say <c>{"verdict": "go" | "wait" | "rollback", "reason": "…"}</c>; without it the status speaks.</summary>
    /// <param name="counts">A no by status counts, and does not roll back.</param>
    public static HookAnswer Read(HookPoint when, int status, string json, bool counts = false)
    {
        var (verdict, reason) = Told(json);
        var sentence = $"answered {status}{(reason is null ? "" : $": {reason}")}";
        return new HookAnswer(verdict ?? ByStatus(when, status is >= 200 and <= HighestYes, counts), sentence);
    }

    private static HookVerdict ByStatus(HookPoint when, bool yes, bool counts) => (when, yes) switch
    {
        (HookPoint.Rollback, true) => HookVerdict.RollBack,
        (_, true) => HookVerdict.Go,
        (HookPoint.Step or HookPoint.PreRollout, false) => counts ? HookVerdict.Failed : HookVerdict.RollBack,
        _ => HookVerdict.Wait,
    };

    private static (HookVerdict? Verdict, string? Reason) Told(string json)
    {
        if (json.Length == 0)
        {
            return default;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            return root.ValueKind != JsonValueKind.Object ? default : (Text(root, "verdict") switch
            {
                "go" => HookVerdict.Go,
                "wait" => HookVerdict.Wait,
                "rollback" => HookVerdict.RollBack,
                _ => null,
            }, Text(root, "reason") is { Length: > 0 } reason ? new string([.. reason.Take(LongestReason).Select(c => char.IsControl(c) ? ' ' : c)]) : null);
        }
        catch (JsonException)
        {
            // A receiver of Flagger's may answer what it likes; then the status speaks.
            return default;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
