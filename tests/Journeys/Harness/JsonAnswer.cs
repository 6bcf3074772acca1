using System.Text;

namespace Snapback.Journeys.Harness;

/// <summary>A server that answers every request with one JSON text.</summary>
internal sealed class JsonAnswer : IAsyncDisposable
{
    private readonly Listener _listener;
    private volatile string _body;
    private int _asked;

    public JsonAnswer(string body)
    {
        _body = body;
        _listener = new Listener(AnswerAsync);
    }

    public Uri Url => _listener.Address;

    public string Body { set => _body = value; }

    public int Asked => Volatile.Read(ref _asked);

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private Task AnswerAsync(HttpListenerContext context)
    {
        Interlocked.Increment(ref _asked);
        context.Response.Close(Encoding.UTF8.GetBytes(_body), willBlock: false);
        return Task.CompletedTask;
    }
}
