using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.SystemTextJson;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Notifying;

/// <summary>A notice in the four forms that receivers take.</summary>
internal static class Messages
{
    /// <summary>Discord takes 1024 characters a field, and no sentence of ours is nearly as long; a reason may be.</summary>
    private const int Longest = 1000;

    /// <summary>Slack takes 3000 characters a text and refuses the whole message otherwise; the part's name stands before it.</summary>
    private const int LongestEscaped = 2900;

    private static readonly JsonEventFormatter Formatter = new(new JsonSerializerOptions(JsonSerializerDefaults.Web), default);

    /// <param name="replica">Who tells it.</param>
    public static (byte[] Body, string MediaType) Of(Notification to, Notice notice, string replica)
    {
        if (to.Format == NotificationFormat.CloudEvents)
        {
            return (Formatter.EncodeStructuredModeMessage(Event(notice, replica), out _).ToArray(), "application/cloudevents+json");
        }

        var json = to.Format switch
        {
            NotificationFormat.Slack => Slack(notice, to.Channel),
            NotificationFormat.Teams => Teams(notice),
            _ => Discord(notice),
        };
        return (Encoding.UTF8.GetBytes(json.ToJsonString()), "application/json");
    }

    private static CloudEvent Event(Notice notice, string replica)
    {
        var (status, plan) = (notice.News.Status, notice.News.Plan);
        return new CloudEvent
        {
            Id = notice.News.Id,
            Type = $"dev.snapback.rollout.{notice.News.Kind}",
            // With the id it names the event, so it must not depend on who tells it.
            Source = new Uri($"/api/rollouts/{plan.Name}", UriKind.Relative),
            Subject = plan.Name,
            Time = notice.News.At,
            DataContentType = "application/json",
            Data = new
            {
                rollout = plan.Name,
                kind = notice.News.Kind,
                severity = notice.Severity.ToString().ToLowerInvariant(),
                what = notice.What,
                why = notice.Why,
                who = notice.Who,
                now = notice.Now,
                owner = plan.Owner,
                replica,
                phase = status.Phase.ToString(),
                weight = status.Weight.Percent,
                step = status.Step,
                generation = status.Generation,
                revision = status.Revision,
                version = status.Version,
                stableVersion = status.StableVersion,
                nextCluster = plan.NextClusterAfter(status),
                reason = status.Reason,
                rollback = status.Rollback is { } record
                    ? new
                    {
                        trigger = record.Trigger,
                        authority = record.Authority.ToString().ToLowerInvariant(),
                        observed = record.Observed,
                        limit = record.Limit,
                        requests = record.Requests,
                        failures = record.Failures,
                        tookMs = record.Took.TotalMilliseconds,
                    }
                    : null,
            },
        };
    }

    private static JsonObject Slack(Notice notice, string? channel)
    {
        var message = new JsonObject
        {
            ["text"] = Escaped($"{notice.Title}. {notice.Why}"),
            ["attachments"] = new JsonArray(new JsonObject
            {
                ["color"] = $"#{Color(notice.Severity):x6}",
                ["blocks"] = new JsonArray(
                    [
                        new JsonObject { ["type"] = "header", ["text"] = new JsonObject { ["type"] = "plain_text", ["text"] = Cut(notice.Title, 150) } },
                        .. Parts(notice).Select(part => (JsonNode)new JsonObject
                        {
                            ["type"] = "section",
                            ["text"] = new JsonObject { ["type"] = "mrkdwn", ["text"] = $"*{part.Name}*\n{Escaped(part.Text)}" },
                        }),
                    ]),
            }),
        };
        if (channel is not null)
        {
            message["channel"] = channel;
        }

        return message;
    }

    private static JsonObject Teams(Notice notice) => new()
    {
        ["type"] = "message",
        ["attachments"] = new JsonArray(new JsonObject
        {
            ["contentType"] = "application/vnd.microsoft.card.adaptive",
            ["content"] = new JsonObject
            {
                ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
                ["type"] = "AdaptiveCard",
                ["version"] = "1.4",
                ["body"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "TextBlock",
                        ["size"] = "Large",
                        ["weight"] = "Bolder",
                        ["wrap"] = true,
                        ["text"] = notice.Title,
                        ["color"] = notice.Severity switch { Severity.Error => "Attention", Severity.Warn => "Warning", _ => "Good" },
                    },
                    new JsonObject
                    {
                        ["type"] = "FactSet",
                        ["facts"] = new JsonArray(
                            [.. Parts(notice).Select(part => (JsonNode)new JsonObject { ["title"] = part.Name, ["value"] = Cut(part.Text, Longest) })]),
                    }),
            },
        }),
    };

    private static JsonObject Discord(Notice notice) => new()
    {
        ["username"] = "Snapback",
        // What looks like a mention (@everyone) in a version or a reason must not ping anybody.
        ["allowed_mentions"] = new JsonObject { ["parse"] = new JsonArray() },
        ["embeds"] = new JsonArray(new JsonObject
        {
            ["title"] = Cut(notice.Title, 250),
            ["color"] = Color(notice.Severity),
            ["timestamp"] = notice.News.At.ToString("O"),
            ["fields"] = new JsonArray(
                [.. Parts(notice).Select(part => (JsonNode)new JsonObject { ["name"] = part.Name, ["value"] = Cut(part.Text, Longest) })]),
        }),
    };

    private static IEnumerable<(string Name, string Text)> Parts(Notice notice) =>
        [("What", notice.What), ("Why", notice.Why), ("Who", notice.Who), ("What now", notice.Now)];

    private static int Color(Severity severity) => severity switch { Severity.Error => 0xC62828, Severity.Warn => 0xF9A825, _ => 0x2E7D32 };

    /// <summary>Slack's three control characters: without them no text can call a channel.</summary>
    private static string Escaped(string text) => Escape(Cut(text, Longest)) is { Length: <= LongestEscaped } escaped
        ? escaped
        // However many there are, each becomes five characters at the most.
        : Escape(Cut(text, LongestEscaped / 5));

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);

    private static string Cut(string text, int most) => text.Length <= most ? text : text[..(most - 1)] + "…";
}
