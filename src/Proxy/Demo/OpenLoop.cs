using System.Collections.Concurrent;
using System.Diagnostics;

namespace Snapback.Proxy.Demo;

/// <summary>One request as its user saw it.</summary>
/// <param name="At">When it was due, since the load began.</param>
/// <param name="Status">0 if there was no answer.</param>
/// <param name="Body">At most the first line; in the demo the version that answered.</param>
/// <param name="Took">From when it was due, so that a stall is not forgiven by sending later.</param>
internal readonly record struct Shot(TimeSpan At, int Status, string Body, TimeSpan Took);

/// <summary>Users who arrive at a fixed rate whatever the answers take: an open loop, without coordinated omission.</summary>
/// <param name="patience">How long each of them waits for an answer.</param>
internal sealed class OpenLoop(Uri target, int perSecond, TimeSpan patience) : IDisposable
{
    /// <summary>No more requests may be unanswered at once: a target that is so far behind is lost, and memory must not be.</summary>
    private const int MostInFlight = 1_000;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
    {
        Timeout = patience,
    };

    private readonly ConcurrentQueue<Shot> _shots = new();
    private int _inFlight;

    public IReadOnlyCollection<Shot> Shots => _shots;

    public TimeSpan Elapsed => _clock.Elapsed;

    private readonly Stopwatch _clock = new();

    /// <summary>Shoots until stopped, then waits for the answers that are still out.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        _clock.Start();
        for (var due = 0L; !stop.IsCancellationRequested;)
        {
            for (; due * Stopwatch.Frequency <= _clock.ElapsedTicks * perSecond; due++)
            {
                if (Volatile.Read(ref _inFlight) < MostInFlight)
                {
                    Interlocked.Increment(ref _inFlight);
                    _ = ShootAsync(TimeSpan.FromSeconds((double)due / perSecond));
                }
            }

            await Task.Delay(1, CancellationToken.None);
        }

        while (Volatile.Read(ref _inFlight) > 0)
        {
            await Task.Delay(5, CancellationToken.None);
        }
    }

    /// <summary>Ends all requests that still wait for an answer.</summary>
    public void GiveUp() => _http.CancelPendingRequests();

    public void Dispose() => _http.Dispose();

    private async Task ShootAsync(TimeSpan at)
    {
        var status = 0;
        var body = "";
        try
        {
            using var response = await _http.GetAsync(target);
            status = (int)response.StatusCode;
            body = await response.Content.ReadAsStringAsync();
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            body = e.Message;
        }

        _shots.Enqueue(new Shot(at, status, body, _clock.Elapsed - at));
        Interlocked.Decrement(ref _inFlight);
    }
}
