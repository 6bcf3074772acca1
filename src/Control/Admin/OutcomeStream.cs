using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Admin;

/// <summary>A rollout's outcomes as they happen, one JSON object a line, until the caller has enough.</summary>
internal sealed class OutcomeStream(TimeProvider time)
{
    /// <summary>Of all rollouts together: each request of a rollout is told to all who listen to it, and a listener may have
    /// 10,000 lines waiting.</summary>
    private const int MostStreams = 16;

    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(200);

    private readonly Listeners _listeners = new(MostStreams);

    public async Task WriteAsync(LiveRollout live, HttpContext context)
    {
        if (!await _listeners.TryFollowAsync(context, stop => FollowAsync(live, context, stop)))
        {
            await Answers.Problem(
                503,
                "Too many streams",
                $"{MostStreams} recordings run on this replica already; end one of them, or record at another replica.").ExecuteAsync(context);
        }
    }

    private async Task FollowAsync(LiveRollout live, HttpContext context, CancellationToken stop)
    {
        using var tap = live.Taps.Open();
        var began = time.GetElapsedTime(0);
        context.Response.ContentType = "application/x-ndjson";
        await context.Response.StartAsync(stop);
        await context.Response.Body.FlushAsync(stop);
        var text = new StringBuilder();
        var lost = 0L;
        // Collected for a moment: a flush per request would cost more than the request.
        while (await tap.Lines.WaitToReadAsync(stop))
        {
            while (tap.Lines.TryRead(out var line))
            {
                text.Append(Json(line, began)).Append('\n');
            }

            if (tap.Lost > lost)
            {
                lost = tap.Lost;
                text.Append(JsonSerializer.Serialize(new { lost })).Append('\n');
            }

            await context.Response.WriteAsync(text.ToString(), stop);
            await context.Response.Body.FlushAsync(stop);
            text.Clear();
            await Task.Delay(FlushInterval, time, stop);
        }
    }

    private static string Json(OutcomeLine line, TimeSpan began) => JsonSerializer.Serialize(new
    {
        t = Math.Round((line.At - began).TotalSeconds, 4),
        arm = line.Arm == Arm.Canary ? "canary" : "stable",
        outcome = line.Outcome.ToString().ToLowerInvariant(),
        ms = line.Latency is { } latency ? Math.Round(latency.TotalMilliseconds, 3) : (double?)null,
        status = line.Status,
        w = line.Weight.BasisPoints / (double)Weight.Whole,
    });
}
