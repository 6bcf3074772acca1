using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Notifying;

/// <summary>Tells people: what the plan names, and what the configuration names for every rollout.</summary>
public sealed partial class Notifier
{
    private const int Attempts = 5;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Chats that are asked too often want half a minute; whoever wants hours gets the message earlier or not at all.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly ImmutableArray<Notification> _everybody;
    private readonly Outgoing _outgoing;
    private readonly string _replica;
    private readonly ILogger<Notifier> _logger;
    private readonly ResiliencePipeline<OutgoingAnswer> _attempts;

    /// <param name="everybody">Told of every rollout.</param>
    public Notifier(ImmutableArray<Notification> everybody, Outgoing outgoing, string replica, TimeProvider time, ILogger<Notifier> logger)
    {
        (_everybody, _outgoing, _replica, _logger) = (everybody, outgoing, replica, logger);
        _attempts = new ResiliencePipelineBuilder<OutgoingAnswer> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<OutgoingAnswer>
            {
                MaxRetryAttempts = Attempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromSeconds(1),
                DelayGenerator = args => ValueTask.FromResult(Wanted(args)),
                ShouldHandle = args => ValueTask.FromResult(IsTemporary(args)),
            })
            .Build();
    }

    /// <summary>Ends when everybody was told, or was tried five times.</summary>
    /// <exception cref="OperationCanceledException">The process ends; who was not told is told by another, or after the next start.</exception>
    public Task TellAsync(RolloutNews news, CancellationToken stop)
    {
        var severity = Notice.SeverityOf(news.Kind);
        return Task.WhenAll(
            news.Plan.Notifications.Concat(_everybody)
                .GroupBy(to => to.Name, StringComparer.Ordinal)
                .SelectMany(same => same.Select((to, index) => (To: to, Delivery: $"{news.Id}/{same.Key}{(index == 0 ? "" : $"-{index + 1}")}")))
                .Where(each => severity >= each.To.Least)
                .Select(each => TellAsync(each.To, each.Delivery, Notice.Of(news), stop)));
    }

    /// <param name="delivery">A name may be that of several, such as two webhooks of one host: what each gets is a delivery of its own.</param>
    private async Task TellAsync(Notification to, string delivery, Notice notice, CancellationToken stop)
    {
        var (body, mediaType) = Messages.Of(to, notice, _replica);
        try
        {
            var answer = await _attempts.ExecuteAsync(
                async cancel => await _outgoing.PostAsync(to.Url, body, delivery, Timeout, cancel, mediaType), stop);
            if (answer.Status is < 200 or > 299)
            {
                LogUntold(notice, to, $"answered {answer.Status}");
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            LogUntold(notice, to, "did not answer in time");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            LogUntold(notice, to, Outgoing.Why(e));
        }
    }

    /// <returns>Null for the usual pause: after an exception there is no answer, and all attempts in one moment ("0") would be one.</returns>
    private static TimeSpan? Wanted(RetryDelayGeneratorArguments<OutgoingAnswer> args) =>
        args.Outcome.Result.RetryAfter is { Ticks: > 0 } wanted ? wanted < LongestPause ? wanted : LongestPause : null;

    private void LogUntold(Notice notice, Notification to, string why) =>
        LogUntold(notice.News.Plan.Name, to.Name, to.ShownUrl, why, notice.News.Kind);

    /// <summary>Worth another attempt: nobody there, a server's own trouble, or too many at once.</summary>
    private static bool IsTemporary(RetryPredicateArguments<OutgoingAnswer> args) =>
        args.Outcome.Exception is HttpRequestException or IOException or OperationCanceledException || args.Outcome.Result.Status is 429 or >= 500;

    [LoggerMessage(
        EventIds.NotificationUntold,
        LogLevel.Error,
        "Rollout {Rollout}: notification {Notification} at {Url} {Why}; '{Kind}' was not delivered to it.")]
    private partial void LogUntold(string rollout, string notification, Uri url, string why, string kind);
}
