using System.Net;
using System.Text;

namespace Snapback.Journeys.Harness;

/// <summary>A server that answers every request with one JSON text.</summary>
internal sealed class JsonAnswer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _answering;
    private volatile string _body;
    private int _asked;

    public JsonAnswer(string body)
    {
        _body = body;
        Url = FreePort.TakeUri();
        _listener.Prefixes.Add(Url.ToString());
        _listener.Start();
        _answering = AnswerAsync();
    }

    public Uri Url { get; }

    public string Body { set => _body = value; }

    public int Asked => Volatile.Read(ref _asked);

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
                Interlocked.Increment(ref _asked);
                context.Response.Close(Encoding.UTF8.GetBytes(_body), willBlock: false);
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
