namespace Snapback.Journeys.Harness;

/// <summary>A small HTTP server, which answers one request after the other until it is closed.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<HttpListenerContext, Task> _answer;
    private readonly Task _answering;

    /// <param name="answer">Also closes the response.</param>
    /// <param name="at">Where; null for a free port.</param>
    public Listener(Func<HttpListenerContext, Task> answer, Uri? at = null)
    {
        _answer = answer;
        Address = at ?? FreePort.TakeUri();
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _answering = AnswerAsync();
    }

    public Uri Address { get; }

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
                await _answer(await _listener.GetContextAsync());
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
