using System.Globalization;
using Polly;
using Polly.Retry;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Hooks;

/// <summary>Calls a hook, again with growing pauses while it is down, and reads its answer.</summary>
public sealed class HookCaller(Outgoing outgoing, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>How long one call takes at the most, with all its attempts. Jitter makes a pause up to twice as long.</summary>
    public static TimeSpan Longest(Hook hook) => Enumerable.Range(1, hook.Retries).Aggregate(
        hook.Timeout * (hook.Retries + 1),
        (sum, retry) => sum + TimeSpan.FromTicks(Math.Min(FirstPause.Ticks << Math.Min(retry, 10), LongestPause.Ticks)));

    public Task<HookAnswer> CallAsync(Hook hook, RolloutPlan plan, RolloutStatus status, CancellationToken cancel) =>
        CallAsync(hook, HookPayload.Of(hook, plan, status), Guid.NewGuid().ToString(), cancel);

    /// <summary>Tells a hook of something that happened; its answer counts for nothing but success.</summary>
    public Task<HookAnswer> TellAsync(Hook hook, RolloutPlan plan, RolloutStatus status, HookNews news, CancellationToken cancel) =>
        CallAsync(hook, HookPayload.Of(
            hook,
            plan,
            status,
            ("eventId", news.Id),
            ("eventMessage", news.Message),
            ("eventType", news.IsWarning ? "Warning" : "Normal"),
            ("timestamp", news.At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture))), $"{news.Id}/{hook.Name}", cancel);

    private async Task<HookAnswer> CallAsync(Hook hook, byte[] json, string delivery, CancellationToken cancel)
    {
        if (hook.Retries == 0)
        {
            return (await TryAsync(hook, json, delivery, cancel)).Answer;
        }

        var pipeline = new ResiliencePipelineBuilder<Attempt> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<Attempt>
            {
                MaxRetryAttempts = hook.Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstPause,
                MaxDelay = LongestPause,
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Result.MayHeal),
            })
            .Build();
        return (await pipeline.ExecuteAsync(async stop => await TryAsync(hook, json, delivery, stop), cancel)).Answer;
    }

    private async Task<Attempt> TryAsync(Hook hook, byte[] json, string delivery, CancellationToken cancel)
    {
        try
        {
            var (status, body) = await outgoing.PostAsync(hook.Url, json, delivery, hook.Timeout, cancel);
            // A verdict in words is meant; a bare 5xx or 429 may be the receiver's own trouble.
            var answer = HookAnswer.Read(hook.When, status, body, hook.FailureCounts);
            return new Attempt(answer, (status >= 500 || status == 429) && !answer.InWords);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new Attempt(new HookAnswer(HookVerdict.Down, $"did not answer within {hook.Timeout.TotalSeconds:0.###} s"), true);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException or NotSupportedException)
        {
            return new Attempt(new HookAnswer(HookVerdict.Down, Outgoing.Why(e)), true);
        }
    }

    private readonly record struct Attempt(HookAnswer Answer, bool MayHeal);
}

/// <summary>One event as a hook is told of it.</summary>
/// <param name="Id">The same however often, and by whichever replica, it is told.</param>
public readonly record struct HookNews(string Id, string Message, bool IsWarning, DateTimeOffset At);
