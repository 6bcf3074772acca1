using Microsoft.AspNetCore.Http;
using Snapback.Control.Admin;

namespace Snapback.Control.Dashboard;

/// <summary>
/// <c>GET /api/events</c>: server-sent events with what is true now, not with what happened: whoever was away, or reads slowly, misses
/// states in between and never the newest. An id stands for all texts up to it; it means nothing to another process.
/// </summary>
internal sealed class EventStream(ControlPlane plane)
{
    /// <summary>Pages and screens of a team; a page that is left open in every browser of a company must not take the proxy's threads.</summary>
    private const int MostStreams = 64;

    /// <summary>Whoever takes nothing for so long is let go.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A page that hears nothing for three of these says that it may be wrong.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(2);

    /// <summary>A rollback is shown at once; ten thousand rollouts that all move are not looked at more often.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(50);

    private readonly SharedTexts _texts = new(plane);
    private readonly string _process = Guid.NewGuid().ToString("N")[..12];
    private readonly Listeners _listeners = new(MostStreams);

    /// <param name="rollout">The one to follow in full; null for a line of each.</param>
    public async Task WriteAsync(string? rollout, HttpContext context)
    {
        if (rollout is not null && !plane.Board.TryGet(rollout, out _))
        {
            await Answers.Unknown(rollout, plane).ExecuteAsync(context);
            return;
        }

        if (!await _listeners.TryFollowAsync(context, stop => FollowAsync(rollout, context, stop)))
        {
            await Answers.Problem(
                503,
                "Too many streams",
                $"{MostStreams} streams are open on this replica; close a page, or ask another replica.").ExecuteAsync(context);
        }
    }

    private async Task FollowAsync(string? rollout, HttpContext context, CancellationToken stop)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";

        // nginx would hold events back until a buffer is full.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        var telling = new Telling(_texts, _process, rollout, Seen(context.Request));
        var spoke = plane.Time.GetTimestamp();
        do
        {
            // Before the look: a change right after it ends this one.
            var change = plane.Board.Changes.Next;
            var text = telling.Next(plane);
            if (text.Length == 0 && plane.Time.GetElapsedTime(spoke) >= KeepAlive)
            {
                text = ":\n\n";
            }

            if (text.Length > 0)
            {
                spoke = plane.Time.GetTimestamp();
                await SendAsync(text, context, stop);
            }

            await Task.WhenAny(change, Task.Delay(SharedTexts.FiguresInterval, plane.Time, stop));
            await Task.Delay(Rest, plane.Time, stop);
        }
        while (!telling.IsOver && AdminGuard.StillOpens(context));
    }

    private static async Task SendAsync(string text, HttpContext context, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            await context.Response.WriteAsync(text, patience.Token);
            await context.Response.Body.FlushAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            context.Abort();
            throw;
        }
    }

    private long Seen(HttpRequest request) =>
        request.Headers["Last-Event-ID"].ToString().Split('-') is [var process, var sequence]
            && process == _process
            && long.TryParse(sequence, out var seen)
            ? seen
            : -1;
}
