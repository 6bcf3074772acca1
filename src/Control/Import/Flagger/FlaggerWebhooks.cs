using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Import.Flagger;

/// <summary>Flagger's webhooks as hooks; one without a type is a rollout hook.</summary>
internal static class FlaggerWebhooks
{
    private const string Untyped = "rollout";

    public static void Set(NativeMap plan, Fields analysis, TimeSpan interval)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        plan.Set(
            "hooks",
            [.. analysis.Maps("webhooks")
                .Select(webhook => Hook(webhook, interval))
                .OfType<PlanNode>()
                .Select(hook => OwnName.Of(hook, names))]);
    }

    private static PlanMap? Hook(Fields webhook, TimeSpan interval)
    {
        var type = webhook.Scalar("type");
        var when = type?.Text is null or "" or Untyped ? "step" : type.Text;
        var hook = new NativeMap(webhook.At).Set("when", when, type);
        var isKnown = HooksReader.Knows(when);
        if (!isKnown)
        {
            webhook.Without("type", $"Hooks of type {Shown.Quoted(when)} are not part of this version.", "The hook is left out.");
        }

        if (type is null)
        {
            webhook.Problems.Note(
                $"The webhook {Shown.Plain(webhook.Text("name") ?? webhook.Text("url") ?? "")} has no type: as in Flagger, it is asked in every step.");
        }

        Copy(webhook, "name", hook);
        Copy(webhook, "url", hook);
        if (webhook.Value("timeout", ManifestNumbers.Duration) is { } timeout)
        {
            hook.Set("timeout", Durations.Format(timeout.Value), timeout.At);
        }

        webhook.Without("muteAlert", "Alerts of a webhook cannot be muted by themselves.", "It is left out.");
        webhook.Without("disableTLS", "A certificate is always checked.", "It is left out.");
        if (webhook.Map("metadata")?.At is { Entries.Count: > 0 } metadata)
        {
            hook.Set("metadata", metadata);
            if (when == "step" && IsLoad(metadata))
            {
                webhook.Problems.Note(
                    $"The webhook {Shown.Plain(webhook.Text("name") ?? "")} brings traffic: Flagger calls it before it measures; " +
                    "here it is called when a step has its requests, and a rollout without other traffic waits for them.");
            }
        }

        if (when is "step" or "pre-rollout")
        {
            hook.Set("onFailure", "count").Set("interval", Durations.Format(interval));
        }

        Copy(webhook, "retries", hook);
        webhook.Close();
        return isKnown ? hook.Node : null;
    }

    /// <summary>What Flagger's load tester runs in the background.</summary>
    private static bool IsLoad(PlanMap metadata) => metadata.Entries.ContainsKey("cmd")
        && (!metadata.Entries.TryGetValue("type", out var type) || type.Value is PlanScalar { Text: "cmd" });

    private static void Copy(Fields from, string key, NativeMap to)
    {
        if (from.Scalar(key) is { } value)
        {
            to.Set(key, value);
        }
    }
}
