using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Snapback.Control.Admin;

/// <summary>
/// A write with an Idempotency-Key is done once: the same key on the same path gets the first answer again, also while the
/// first is still being worked on. Per replica and in memory: a restart forgets, and the transition table still refuses doubles.
/// </summary>
internal sealed class IdempotencyKeys
{
    private const string Header = "Idempotency-Key";

    /// <summary>A pipeline that retries does so within seconds; a thousand writes are hours of a busy fleet.</summary>
    private const int Remembered = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task<Recorded?>> _answers = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, Task<Recorded?> Answer)> _order = new();

    public void Use(IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var key = context.Request.Headers[Header].ToString();
        // A rollback is idempotent by itself, and a key that was used for an earlier one must not swallow it.
        if (key.Length == 0
            || context.Request.Path.Value?.TrimEnd('/').EndsWith("/rollback", StringComparison.OrdinalIgnoreCase) == true
            || HttpMethods.IsGet(context.Request.Method)
            || HttpMethods.IsHead(context.Request.Method)
            // Who asks for a flag writes nothing, and would be told of one that went off long ago.
            || !context.Request.Path.StartsWithSegments(AdminApi.Rollouts, StringComparison.OrdinalIgnoreCase))
        {
            await next(context);
            return;
        }

        var name = $"{context.Request.Method} {context.Request.Path} {key}";
        var answer = new TaskCompletionSource<Recorded?>(TaskCreationOptions.RunContinuationsAsynchronously);
        while (Enter(name, answer.Task) is { } first)
        {
            if (await first is { } given)
            {
                await given.WriteAsync(context.Response);
                return;
            }
        }

        Recorded? recorded = null;
        try
        {
            recorded = await RecordAsync(context, next);
        }
        finally
        {
            // What was not done may be tried again with its key.
            if (recorded is null or { Status: >= StatusCodes.Status500InternalServerError })
            {
                Leave(name);
            }

            answer.SetResult(recorded);
        }

        await recorded.WriteAsync(context.Response);
    });

    /// <returns>The first answer's task, which is null if there was none; or null if this is the first.</returns>
    private Task<Recorded?>? Enter(string key, Task<Recorded?> mine)
    {
        lock (_lock)
        {
            if (_answers.TryGetValue(key, out var first))
            {
                return first;
            }

            _answers[key] = mine;
            _order.Enqueue((key, mine));

            // A key that was tried again after a failure stands in the queue twice; only its own answer goes with an entry.
            if (_order.Count > Remembered && _order.Dequeue() is var oldest && _answers.GetValueOrDefault(oldest.Key) == oldest.Answer)
            {
                _answers.Remove(oldest.Key);
            }

            return null;
        }
    }

    private void Leave(string key)
    {
        lock (_lock)
        {
            _answers.Remove(key);
        }
    }

    private static async Task<Recorded> RecordAsync(HttpContext context, RequestDelegate next)
    {
        var response = context.Response;
        var (client, left) = (response.Body, context.RequestAborted);
        using var copy = new MemoryStream();
        response.Body = copy;
        // An answer is written to nobody who has left, and whoever asks again would get an empty one.
        context.RequestAborted = CancellationToken.None;
        try
        {
            await next(context);
            return new Recorded(response.StatusCode, response.ContentType, response.Headers.ETag, copy.ToArray());
        }
        finally
        {
            response.Body = client;
            context.RequestAborted = left;
        }
    }

    private sealed record Recorded(int Status, string? ContentType, string? ETag, byte[] Body)
    {
        public async Task WriteAsync(HttpResponse response)
        {
            response.StatusCode = Status;
            response.ContentType = ContentType;
            response.Headers.ETag = ETag;
            // Even a write of nothing is refused after a 204.
            await (Body.Length > 0 ? response.Body.WriteAsync(Body) : ValueTask.CompletedTask);
        }
    }
}
