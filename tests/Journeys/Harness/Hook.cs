using System.Collections.Concurrent;
using System.Text.Json;

namespace Snapback.Journeys.Harness;

/// <summary>A receiver of step hooks, as a smoke-test runner is one: it keeps what it was sent and says what it is told to.</summary>
internal sealed class Hook : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<JsonElement> _calls = new();
    private readonly Task _answering;
    private volatile int _status = 200;

    /// <param name="at">Where; null for a free port.</param>
    public Hook(Uri? at = null)
    {
        var address = at ?? FreePort.TakeUri();
        Url = new Uri(address, "/run");
        _listener.Prefixes.Add(address.ToString());
        _listener.Start();
        _answering = AnswerAsync();
    }

    public Uri Url { get; }

    /// <summary>What it answers from the next call on.</summary>
    public int Status { get => _status; set => _status = value; }

    /// <summary>The bodies, as they came.</summary>
    public IReadOnlyList<JsonElement> Calls => [.. _calls];

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _answering;
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = await JsonDocument.ParseAsync(context.Request.InputStream);
                _calls.Enqueue(body.RootElement.Clone());
                context.Response.StatusCode = _status;
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
