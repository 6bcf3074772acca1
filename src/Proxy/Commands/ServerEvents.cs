using Snapback.Proxy.Commands.Rendering;

namespace Snapback.Proxy.Commands;

/// <summary>Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).</summary>
internal sealed class ServerEvents(
    HttpResponseMessage response,
    StreamReader lines,
    TimeSpan silence,
    Func<string, AdminUnreachableException> unreachable) : IDisposable
{
    /// <returns>The next event; one without a kind is a heartbeat.</returns>
    /// <exception cref="AdminUnreachableException">The stream ended, broke, or fell silent.</exception>
    public async Task<ServerEvent> NextAsync(CancellationToken stop)
    {
        var next = new ServerEvent(null, null, "");
        while (await LineAsync(stop) is { Length: > 0 } line)
        {
            next = line.Split(": ", 2) switch
            {
                ["id", var id] => next with { Id = id },
                ["event", var kind] => next with { Kind = kind },
                ["data", var data] => next with { Data = next.Data + data },
                _ => next,
            };
        }

        return next;
    }

    public void Dispose()
    {
        lines.Dispose();
        response.Dispose();
    }

    private async Task<string> LineAsync(CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(silence);
        try
        {
            return await lines.ReadLineAsync(limit.Token) ?? throw unreachable("it ended the stream of events");
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw unreachable("the stream of events broke");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw unreachable($"nothing was heard for {Figures.Duration(silence)}");
        }
    }
}

/// <param name="Id">What to send as Last-Event-ID when the stream is opened again; null without one.</param>
/// <param name="Kind">Null for a heartbeat.</param>
internal sealed record ServerEvent(string? Id, string? Kind, string Data);
