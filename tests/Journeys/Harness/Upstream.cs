using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Snapback.Journeys.Harness;

/// <summary>How an <see cref="Upstream"/> behaves from now on.</summary>
internal enum Behaviour
{
    Ok,
    Error,

    /// <summary>Status and half of the body at once, the rest later.</summary>
    ErrorInParts,

    /// <summary>A status outside every class of RFC 9110.</summary>
    Status600,

    /// <summary>Accepts, reads, and never says a word.</summary>
    Hang,

    /// <summary>A good answer, later.</summary>
    Slow,

    /// <summary>A TCP reset where the answer should begin.</summary>
    Reset,

    /// <summary>Announces more body than it sends, and closes.</summary>
    Truncate,

    /// <summary>An event ten times a second, until the other side hangs up.</summary>
    Stream,
}

/// <summary>A request as it arrived.</summary>
/// <param name="Pick">The header x-snapback-seq; empty for none.</param>
internal sealed record Arrival(string Pick, Behaviour Answered, long At);

/// <summary>Real sockets that behave as no decent server can be told to. Each change counts from the next request on.</summary>
internal sealed class Upstream : IAsyncDisposable
{
    private readonly string _version;
    private readonly TcpListener _listener;
    private readonly ConcurrentDictionary<Task, TcpClient> _connections = new();
    private readonly ConcurrentQueue<Arrival> _arrivals = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private volatile Behaviour _behaviour;

    /// <param name="address">Null for the loopback.</param>
    public Upstream(string version, IPAddress? address = null)
    {
        _version = version;
        Uri = FreePort.TakeUri(address);
        _listener = new TcpListener(IPAddress.Parse(Uri.Host), Uri.Port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Uri { get; }

    public Behaviour Behaviour { get => _behaviour; set => _behaviour = value; }

    /// <summary>How long a slow answer takes, or the rest of one in parts; set before the behaviour.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(600);

    /// <summary>What every answer takes.</summary>
    public TimeSpan Takes { get; set; }

    public IReadOnlyList<Arrival> Arrivals => [.. _arrivals];

    public int Requests => _arrivals.Count;

    /// <summary>From here on every connection is refused.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        _listener.Dispose();
        foreach (var (_, client) in _connections)
        {
            client.Dispose();
        }

        await _accepting;
        await Task.WhenAll(_connections.Keys);
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                client.NoDelay = true;
                var serving = ServeAsync(client);
                _connections[serving] = client;
                _ = serving.ContinueWith(done => _connections.TryRemove(done, out _), TaskScheduler.Default);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Stopped, or a client that left while it was accepted.
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        await Task.Yield();
        try
        {
            using var _ = client;
            var requests = new RequestReader(client.GetStream());
            while (await requests.NextAsync(_stop.Token) is { } pick)
            {
                var behaviour = _behaviour;
                _arrivals.Enqueue(new Arrival(pick, behaviour, Stopwatch.GetTimestamp()));
                await Task.Delay(Takes, _stop.Token);
                if (!await AnswerAsync(client, behaviour))
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or FormatException)
        {
            // The proxy hung up, or this upstream was stopped.
        }
    }

    /// <returns>False if the connection ends with it.</returns>
    private async Task<bool> AnswerAsync(TcpClient client, Behaviour behaviour)
    {
        switch (behaviour)
        {
            case Behaviour.Hang:
                // Until the proxy hangs up.
                await client.GetStream().CopyToAsync(Stream.Null, _stop.Token);
                return false;
            case Behaviour.Reset:
                client.LingerState = new LingerOption(true, 0);
                return false;
            case Behaviour.Stream:
                await StreamAsync(client.GetStream());
                return false;
            case Behaviour.Slow:
                await Task.Delay(Delay, _stop.Token);
                break;
        }

        var (status, body) = behaviour switch
        {
            Behaviour.Error or Behaviour.ErrorInParts => ("500 Internal Server Error", "broken"),
            Behaviour.Status600 => ("600 Odd", "odd"),
            _ => ("200 OK", _version),
        };
        var length = behaviour == Behaviour.Truncate ? body.Length + 100 : body.Length;
        var answer = $"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}";
        var bytes = Encoding.Latin1.GetBytes(answer);
        var later = behaviour == Behaviour.ErrorInParts ? body.Length / 2 : 0;
        await client.GetStream().WriteAsync(bytes.AsMemory(..^later), _stop.Token);
        if (later > 0)
        {
            await Task.Delay(Delay, _stop.Token);
            await client.GetStream().WriteAsync(bytes.AsMemory(^later..), _stop.Token);
        }

        return behaviour != Behaviour.Truncate;
    }

    private async Task StreamAsync(NetworkStream client)
    {
        await client.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"u8.ToArray(), _stop.Token);
        var text = Encoding.Latin1.GetBytes($"data: {_version}\n\n");
        while (true)
        {
            await client.WriteAsync(text, _stop.Token);
            await Task.Delay(TimeSpan.FromMilliseconds(100), _stop.Token);
        }
    }
}
