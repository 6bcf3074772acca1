namespace Snapback.Control.Rollouts;

/// <summary>Somebody who is told what happens to a rollout.</summary>
/// <param name="Name">For the log.</param>
/// <param name="Least">What is less severe is not sent.</param>
/// <param name="Channel">For Slack's legacy webhooks; null for the webhook's own.</param>
public sealed record Notification(string Name, NotificationFormat Format, Uri Url, Severity Least, string? Channel = null)
{
    /// <summary>Where it goes, in sentences and to whoever may look: of a chat's address the path is the secret.</summary>
    public Uri ShownUrl => Format == NotificationFormat.CloudEvents ? SecretText.Hide(Url) : SecretText.HidePath(Url);
}

/// <summary>The body that a notification's address takes.</summary>
public enum NotificationFormat
{
    /// <summary>CloudEvents 1.0 in structured mode.</summary>
    CloudEvents,
    Slack,

    /// <summary>An Adaptive Card, as the Workflows of Microsoft Teams take it.</summary>
    Teams,
    Discord,
}

/// <summary>How urgent a notification is.</summary>
public enum Severity
{
    Info,

    /// <summary>Somebody should look.</summary>
    Warn,

    /// <summary>Something went back or stands still, and waits for somebody.</summary>
    Error,
}
