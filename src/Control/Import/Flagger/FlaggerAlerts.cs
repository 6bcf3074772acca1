using Snapback.Control.Plans;

namespace Snapback.Control.Import.Flagger;

/// <summary>Flagger's alerts and their AlertProviders as notifications.</summary>
internal static class FlaggerAlerts
{
    public static void Set(NativeMap plan, Fields analysis, FlaggerTerms terms) =>
        plan.Set("notifications", [.. analysis.Maps("alerts").Select(alert => Notification(alert, terms)).OfType<PlanNode>()]);

    private static PlanMap? Notification(Fields alert, FlaggerTerms terms)
    {
        var name = alert.Text("name");
        var notification = new NativeMap(alert.At);
        // Flagger's own documentation says info; its code sends nothing then.
        notification.Set("severity", alert.Text("severity") is { Length: > 0 } severity ? severity : "info", alert.Find("severity"));
        var reference = alert.Map("providerRef");
        var provider = reference?.Text("name") ?? "";
        var space = reference?.Text("namespace") ?? terms.Canary.Namespace;
        reference?.Close();
        alert.Close();
        if (alert.File.Find("AlertProvider", provider, space) is not { } manifest
            || Fields.Of(manifest.Root, alert.File)?.Map("spec") is not { } spec)
        {
            alert.Problems.NotUnderstood(alert.At, alert.File.IsMissing("AlertProvider", provider, space), "Put it there; the alert is left out.");
            return null;
        }

        var isUnderstood = Provider(spec, notification);
        spec.Close();
        return isUnderstood ? notification.Set("name", name ?? provider).Node : null;
    }

    private static bool Provider(Fields spec, NativeMap notification)
    {
        spec.Without("username", "The sender is Snapback.", "It is left out.");
        spec.Without("proxy", "Notifications use no proxy.", "It is left out.");
        spec.Without(
            "secretRef",
            "A Secret's address is not in this file.",
            "Give the address under Snapback:Notifications of the configuration; the alert is left out.");
        var (type, channel, address) = (spec.Text("type"), spec.Scalar("channel"), spec.Scalar("address"));
        if (type is not ("slack" or "msteams" or "discord"))
        {
            spec.Without(
                "type",
                $"Alerts of type {Shown.Quoted(type ?? "")} are not supported.",
                "The alert is left out; slack, msteams and discord are.");
            return false;
        }

        if (channel is not null)
        {
            notification.Set("channel", channel);
        }

        if (spec.Has("secretRef"))
        {
            return false;
        }

        if (address is null)
        {
            spec.Problems.NotUnderstood(spec.At, "The AlertProvider has no address.", "The alert is left out.");
            return false;
        }

        notification.Set("format", type == "msteams" ? "teams" : type, spec.Find("type")).Set("url", address);
        return true;
    }
}
