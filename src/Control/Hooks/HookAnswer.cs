using System.Text.Json;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Hooks;

/// <summary>What an answer means at the point where the hook was called.</summary>
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

/// <summary>One call of a hook, read.</summary>
/// <param name="Sentence">What happened, without a subject: "answered 500".</param>
/// <param name="InWords">The receiver said so itself; the status alone may be its own trouble.</param>
public readonly record struct HookAnswer(HookVerdict Verdict, string Sentence, bool InWords = false)
{
    /// <summary>Flagger's reading: 200 to 202 is a yes, everything else is a no.</summary>
    private const int HighestYes = 202;

    private const int LongestReason = 300;
    private const int LongestWord = 40;

    /// <summary>A JSON answer may say <c>{"verdict": "go" | "wait" | "rollback", "reason": "…"}</c>; without it the status speaks.</summary>
    /// <param name="counts">A no by status counts, and does not roll back.</param>
    public static HookAnswer Read(HookPoint when, int status, string body, bool counts = false)
    {
        var (word, reason) = Told(body);
        var sentence = $"answered {status}{(reason is null ? "" : $": {reason}")}";
        var byStatus = ByStatus(when, status is >= 200 and <= HighestYes, counts);
        return word switch
        {
            null => new HookAnswer(byStatus, sentence),
            "go" => new HookAnswer(HookVerdict.Go, sentence, InWords: true),
            "wait" => new HookAnswer(HookVerdict.Wait, sentence, InWords: true),
            "rollback" => new HookAnswer(HookVerdict.RollBack, sentence, InWords: true),

            // Whoever writes a verdict means something by it, and it is not known to be a yes.
            _ => new HookAnswer(
                byStatus == HookVerdict.Go ? HookVerdict.Wait : byStatus,
                $"{sentence}, with the verdict '{Printable(word, LongestWord)}', which is not go, wait or rollback",
                InWords: true),
        };
    }

    private static HookVerdict ByStatus(HookPoint when, bool yes, bool counts) => (when, yes) switch
    {
        (HookPoint.Rollback, true) => HookVerdict.RollBack,
        (_, true) => HookVerdict.Go,
        (HookPoint.Step or HookPoint.PreRollout, false) => counts ? HookVerdict.Failed : HookVerdict.RollBack,
        _ => HookVerdict.Wait,
    };

    private static (string? Verdict, string? Reason) Told(string body)
    {
        if (body.Length == 0)
        {
            return default;
        }

        try
        {
            using var document = JsonDocument.Parse(body.AsMemory().TrimStart('\uFEFF'));
            var root = document.RootElement;
            return root.ValueKind != JsonValueKind.Object
                ? default
                : (
                    Text(root, "verdict") ?? Find(root, "verdict")?.GetRawText(),
                    Text(root, "reason") is { Length: > 0 } reason ? Printable(reason, LongestReason) : null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A receiver of Flagger's may answer what it likes, half a surrogate pair too; then the status speaks.
            return default;
        }
    }

    /// <summary>However its serializer writes names: some begin them with a capital.</summary>
    private static JsonElement? Find(JsonElement root, string name)
    {
        JsonElement? found = null;
        foreach (var property in root.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Null && string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                found = property.Value;
            }
        }

        return found;
    }

    private static string? Text(JsonElement root, string name) => Find(root, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static string Printable(string text, int most) => new([.. text.Take(most).Select(c => char.IsControl(c) ? ' ' : c)]);
}
