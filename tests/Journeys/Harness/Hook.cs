using System.Collections.Concurrent;
using System.Text.Json;

namespace Snapback.Journeys.Harness;

/// <summary>A receiver of step hooks, as a smoke-test runner is one: it keeps what it was sent and says what it is told to.</summary>
internal sealed class Hook : IAsyncDisposable
{
    private readonly Listener _listener;
    private readonly ConcurrentQueue<JsonElement> _calls = new();
    private volatile int _status = 200;

    /// <param name="at">Where; null for a free port.</param>
    public Hook(Uri? at = null)
    {
        _listener = new Listener(AnswerAsync, at);
        Url = new Uri(_listener.Address, "/run");
    }

    public Uri Url { get; }

    /// <summary>What it answers from the next call on.</summary>
    public int Status { get => _status; set => _status = value; }

    /// <summary>The bodies, as they came.</summary>
    public IReadOnlyList<JsonElement> Calls => [.. _calls];

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.InputStream);
        _calls.Enqueue(body.RootElement.Clone());
        context.Response.StatusCode = _status;
        context.Response.Close();
    }
}
