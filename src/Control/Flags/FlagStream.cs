using System.IO.Hashing;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Snapback.Control.Flags;

/// <summary>
/// Server-sent events that tell applications to fetch their flags again (OFREP's ADR 8: a notification, never the flags). The
/// event's id stands for the state of all flags: whoever comes back with it missed nothing, with another one is told at once.
/// </summary>
internal sealed class FlagStream(RolloutFlags flags, TimeProvider time)
{
    /// <summary>
    /// Instances of applications, and pages in front of them. Each looks at all flags when one changes, so there must be an end
    /// to them; a public page's visitors belong behind a route of their own.
    /// </summary>
    private const int MostStreams = 1000;

    /// <summary>Below the idle time-outs of proxies on the way, most of which end a silent connection after 60 s.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    private readonly Listeners _listeners = new(MostStreams);

    public async Task WriteAsync(HttpContext context)
    {
        if (!await _listeners.TryFollowAsync(context, stop => FollowAsync(context, stop)))
        {
            await Results.Problem(
                $"{MostStreams} applications listen for flags on this replica's address already; ask for the flags at an interval, or listen at another replica.",
                statusCode: StatusCodes.Status503ServiceUnavailable,
                title: "Too many streams",
                type: "urn:snapback:too-many-streams").ExecuteAsync(context);
        }
    }

    private async Task FollowAsync(HttpContext context, CancellationToken stop)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";

        // nginx would hold events back until a buffer is full.
        response.Headers["X-Accel-Buffering"] = "no";

        // The last event that the caller got; empty for a new one, who has just fetched its flags or is about to.
        var seen = context.Request.Headers["Last-Event-ID"].ToString();
        var told = seen.Length > 0 ? seen : Tag();
        await WriteAsync(response, ": snapback\n\n", stop);
        var keepAlive = Task.Delay(KeepAlive, time, stop);
        while (true)
        {
            // Before the look: a change right after it ends this one.
            var change = flags.Changes.Next;
            if (Tag() is var now && now != told)
            {
                told = now;
                await WriteAsync(response, Event(now), stop);
            }

            // One delay for many changes: of a delay each, a thousand streams beside a busy board would have hundreds of thousands pending.
            if (await Task.WhenAny(change, keepAlive) == keepAlive)
            {
                stop.ThrowIfCancellationRequested();
                await WriteAsync(response, ":\n\n", stop);
                keepAlive = Task.Delay(KeepAlive, time, stop);
            }
        }
    }

    private string Event(string tag) => $"id: {tag}\nevent: message\ndata: {Data(tag)}\n\n";

    private string Data(string tag) => $$"""{"type":"refetchEvaluation","etag":"{{tag}}","lastModified":{{time.GetUtcNow().ToUnixTimeSeconds()}}}""";

    private string Tag() => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(FlagDefinitions.Of(flags.All).ToJsonString())).ToString("x16");

    private static async Task WriteAsync(HttpResponse response, string text, CancellationToken stop)
    {
        await response.WriteAsync(text, stop);
        await response.Body.FlushAsync(stop);
    }
}
