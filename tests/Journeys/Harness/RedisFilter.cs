using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace Snapback.Journeys.Harness;

/// <summary>What happens to the one command that is waited for.</summary>
internal enum Mishap
{
    /// <summary>Redis gets it, and the connection breaks before the answer is through.</summary>
    AnswerLost,

    /// <summary>Redis gets it, and its answer is overtaken by what Redis says on other connections.</summary>
    AnswerLate,

    /// <summary>The connection breaks before Redis gets it.</summary>
    CommandLost,

    /// <summary>It reaches Redis when its sender has long given it up.</summary>
    CommandLate,

    /// <summary>Redis gets it, and nothing that it says on any connection comes through until that is allowed again.</summary>
    Silence,

    /// <summary>None on the wire: whatever is done to Redis in that moment.</summary>
    None,
}

/// <summary>A wire between a replica and Redis on which one command, known by words in it, meets a mishap, once.</summary>
internal sealed class RedisFilter : IAsyncDisposable
{
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1.2);

    /// <summary>A script runs in well under a millisecond; the machine may be busy.</summary>
    private static readonly TimeSpan Done = TimeSpan.FromMilliseconds(100);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _wires = new();
    private readonly Task _accepting;
    private volatile Awaited? _awaited;
    private volatile TaskCompletionSource? _silence;

    public RedisFilter(int redis)
    {
        Redis = redis;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The port to which the next connection leads; those there are stay.</summary>
    public int Redis { get; set; }

    public string Connection => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>The next command from the replica that has these words, or the one after so many others that have them.</summary>
    public void Await(string words, Mishap what, int after = 0, Action? meanwhile = null) =>
        _awaited = new Awaited(words, what, meanwhile, new StrongBox<int>(after));

    /// <summary>It came.</summary>
    public bool Happened => _awaited is null;

    public void EndSilence() => Interlocked.Exchange(ref _silence, null)?.SetResult();

    public async ValueTask DisposeAsync()
    {
        EndSilence();
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_wires.Keys);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _wires[WireAsync(await _listener.AcceptTcpClientAsync(_stop.Token))] = true;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The journey ends.
        }
    }

    private async Task WireAsync(TcpClient replica)
    {
        using var near = replica;
        using var far = new TcpClient();
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        try
        {
            near.NoDelay = far.NoDelay = true;
            await far.ConnectAsync(IPAddress.Loopback, Redis, cut.Token);
            var deaf = new StrongBox<Task>(Task.CompletedTask);
            await await Task.WhenAny(
                AskAsync(near.GetStream(), far.GetStream(), deaf, cut.Token),
                AnswerAsync(far.GetStream(), near.GetStream(), deaf, cut.Token));
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either end is gone, or it was cut.
        }

        await cut.CancelAsync();
    }

    private async Task AskAsync(NetworkStream from, NetworkStream to, StrongBox<Task> deaf, CancellationToken cut)
    {
        var (buffer, tail) = (new byte[1 << 16], "");
        for (int read; (read = await from.ReadAsync(buffer, cut)) > 0;)
        {
            var text = tail + Encoding.Latin1.GetString(buffer, 0, read);
            var awaited = _awaited;
            var comes = awaited is not null && text.Contains(awaited.Words, StringComparison.Ordinal);
            tail = comes ? "" : text[Math.Max(0, text.Length - 100)..];
            if (!comes || awaited!.After.Value-- > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, read), cut);
                continue;
            }

            _awaited = null;
            awaited.Meanwhile?.Invoke();
            if (!await HappenAsync(awaited.What, deaf, () => to.WriteAsync(buffer.AsMemory(0, read), cut)))
            {
                return;
            }
        }
    }

    /// <returns>False if the wire is cut.</returns>
    private async Task<bool> HappenAsync(Mishap what, StrongBox<Task> deaf, Func<ValueTask> send)
    {
        switch (what)
        {
            case Mishap.CommandLost:
                return false;
            case Mishap.AnswerLost:
                deaf.Value = Task.Delay(Timeout.Infinite, _stop.Token);
                await send();
                await Task.Delay(Done, _stop.Token);
                return false;
            case Mishap.AnswerLate:
                deaf.Value = Task.Delay(Done, _stop.Token);
                break;
            case Mishap.CommandLate:
                await Task.Delay(Late, _stop.Token);
                break;
            case Mishap.Silence:
                _silence = new TaskCompletionSource();
                break;
        }

        await send();
        return true;
    }

    private async Task AnswerAsync(NetworkStream from, NetworkStream to, StrongBox<Task> deaf, CancellationToken cut)
    {
        var buffer = new byte[1 << 16];
        for (int read; (read = await from.ReadAsync(buffer, cut)) > 0;)
        {
            await deaf.Value!.WaitAsync(cut);
            await (_silence?.Task.WaitAsync(cut) ?? Task.CompletedTask);
            await to.WriteAsync(buffer.AsMemory(0, read), cut);
        }
    }

    private sealed record Awaited(string Words, Mishap What, Action? Meanwhile, StrongBox<int> After);
}
