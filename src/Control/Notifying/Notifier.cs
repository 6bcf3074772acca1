using System.Collections.Immutable;
using System.Threading.Channels;
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

    private readonly ChannelReader<RolloutNews> _news;
    private readonly ImmutableArray<Notification> _everybody;
    private readonly Outgoing _outgoing;
    private readonly string _replica;
    private readonly ILogger<Notifier> _logger;
    private readonly ResiliencePipeline<OutgoingAnswer> _attempts;

    /// <param name="everybody">Told of every rollout.</param>
    public Notifier(RolloutFeed feed, ImmutableArray<Notification> everybody, Outgoing outgoing, string replica, TimeProvider time, ILogger<Notifier> logger)
    {
        _news = feed.Subscribe();
        (_everybody, _outgoing, _replica, _logger) = (everybody, outgoing, replica, logger);
        _attempts = new ResiliencePipelineBuilder<OutgoingAnswer> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<OutgoingAnswer>
            {
                MaxRetryAttempts = Attempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromSeconds(1),
                ShouldHandle = args => ValueTask.FromResult(IsTemporary(args)),
            })
            .Build();
    }

    public async Task RunAsync(CancellationToken stop)
    {
        await foreach (var news in _news.ReadAllAsync(stop))
        {
            var severity = Notice.SeverityOf(news.Kind);
            foreach (var to in news.Plan.Notifications.Concat(_everybody).Where(to => severity >= to.Least))
            {
                // Not awaited: a receiver that hangs holds up nobody else's news.
                _ = TellAsync(to, Notice.Of(news), stop);
            }
        }
    }

    private async Task TellAsync(Notification to, Notice notice, CancellationToken stop)
    {
        var id = Guid.NewGuid().ToString("N");
        var (body, mediaType) = Messages.Of(to, notice, id, _replica);
        try
        {
            var answer = await _attempts.ExecuteAsync(
                async cancel => await _outgoing.PostAsync(to.Url, body, id, Timeout, cancel, mediaType), stop);
            if (answer.Status is < 200 or > 299)
            {
                LogUntold(notice.News.Plan.Name, to.Name, $"answered {answer.Status}", notice.News.Kind);
            }
        }
        catch (OperationCanceledException)
        {
            LogUntold(notice.News.Plan.Name, to.Name, stop.IsCancellationRequested ? "was not told before the process ended" : "did not answer in time", notice.News.Kind);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            LogUntold(notice.News.Plan.Name, to.Name, $"cannot be reached: {e.GetBaseException().Message}", notice.News.Kind);
        }
    }

    /// <summary>Worth another attempt: nobody there, a server's own trouble, or too many at once.</summary>
    private static bool IsTemporary(RetryPredicateArguments<OutgoingAnswer> args) =>
        args.Outcome.Exception is HttpRequestException or IOException or OperationCanceledException || args.Outcome.Result.Status is 429 or >= 500;

    [LoggerMessage(EventIds.NotificationUntold, LogLevel.Error, "Rollout {Rollout}: notification {Notification} {Why}; it does not know of '{Kind}'.")]
    private partial void LogUntold(string rollout, string notification, string why, string kind);
}
