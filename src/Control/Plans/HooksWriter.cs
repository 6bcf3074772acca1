using System.Text.Json;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

internal static class HooksWriter
{
    public static void Write(Utf8JsonWriter json, Hook hook, bool withPoint = true)
    {
        json.WriteStartObject();
        if (withPoint)
        {
            json.WriteString("when", Choices.HookPoint.Format(hook.When));
        }

        json.WriteString("name", hook.Name);
        json.WriteString("url", hook.Url.AbsoluteUri);
        json.WriteString("timeout", Durations.Format(hook.Timeout));
        Optional(json, hook);
        json.WriteEndObject();
    }

    private static void Optional(Utf8JsonWriter json, Hook hook)
    {
        if (hook.Retries > 0)
        {
            json.WriteNumber("retries", hook.Retries);
        }

        if (hook.Interval != Hook.DefaultInterval)
        {
            json.WriteString("interval", Durations.Format(hook.Interval));
        }

        if (hook.OnDown != HookDown.Hold)
        {
            json.WriteString("onDown", Choices.HookDown.Format(hook.OnDown));
        }

        if (hook.FailureCounts)
        {
            json.WriteString("onFailure", Choices.HookFailure.Format(true));
        }

        if (hook.Metadata.Count > 0)
        {
            json.WriteStartObject("metadata");
            foreach (var (key, value) in hook.Metadata)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
        }
    }
}
