using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads and writes who is told.</summary>
internal static class NotificationsReader
{
    private const string Example = "{ format: slack, url: https://hooks.slack.com/services/…, severity: warn }";

    private static readonly string[] Keys = ["name", "format", "url", "severity", "channel"];

    private static readonly Choice<NotificationFormat> Formats = new(
        ("cloudevents", NotificationFormat.CloudEvents),
        ("slack", NotificationFormat.Slack),
        ("teams", NotificationFormat.Teams),
        ("discord", NotificationFormat.Discord));

    private static readonly Choice<Severity> Severities = new(("info", Severity.Info), ("warn", Severity.Warn), ("error", Severity.Error));

    public static ImmutableArray<Notification> Read(PlanSection plan, Problems problems) =>
        [.. (plan.List("notifications") ?? []).Select(node => One(node, problems)).OfType<Notification>()];

    /// <summary>Those of every rollout: <c>Snapback:Notifications</c>, a list of the same form.</summary>
    public static ImmutableArray<Notification> Read(IConfiguration configuration, ICollection<string> complaints)
    {
        var section = configuration.GetSection("Snapback:Notifications");
        if (string.IsNullOrEmpty(section.Value) && !section.GetChildren().Any())
        {
            return [];
        }

        var problems = new Problems(section.Path);
        var written = ConfigurationTree.Read(section, problems);
        if (written is PlanMap or PlanScalar)
        {
            problems.Add(written, "This is no list, and nobody would be told.", $"Write [ {Example} ].");
        }

        var read = (written as PlanList)?.Items.Select(node => One(node, problems)).OfType<Notification>().ToList() ?? [];
        foreach (var problem in problems.ToResult(null).Problems)
        {
            complaints.Add(problem.ToString());
        }

        return [.. read];
    }

    public static void Write(Utf8JsonWriter json, Notification notification)
    {
        json.WriteStartObject();
        json.WriteString("name", notification.Name);
        json.WriteString("format", Formats.Format(notification.Format));
        json.WriteString("url", notification.Url.AbsoluteUri);
        json.WriteString("severity", Severities.Format(notification.Least));
        if (notification.Channel is { } channel)
        {
            json.WriteString("channel", channel);
        }

        json.WriteEndObject();
    }

    private static Notification? One(PlanNode node, Problems problems)
    {
        if (PlanSection.Open(node, Keys, Example, problems) is not { } section)
        {
            return null;
        }

        if (section.Find("url") is null)
        {
            section.Missing("url", "The notification has no url.", $"Write it as {Example}.");
        }

        var format = section.Value("format", Formats.Parse)?.Value ?? NotificationFormat.CloudEvents;
        var severity = section.Value("severity", Severities.Parse)?.Value ?? Severity.Info;
        var (name, channel) = (section.Value("name", Names.Any)?.Value, section.Value("channel", Names.Any)?.Value);
        return section.Value("url", Urls.Parse) is { } url ? new Notification(name ?? url.Value.Host, format, url.Value, severity, channel) : null;
    }
}
