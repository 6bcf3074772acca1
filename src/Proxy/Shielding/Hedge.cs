using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Splitting;

namespace Snapback.Proxy.Shielding;

/// <summary>
/// A race for one user. When the canary has not answered at the latency limit, stable is asked too, on a request of its own; whose
/// headers come first has the user's response, and the other is cancelled. Stable's answer touches that response only after it
/// has won and the canary's attempt has ended: two never write to one.
/// </summary>
internal sealed class Hedge : IDisposable
{
    private const int Waiting = 0;
    private const int Started = 1;
    private const int Closed = 2;

    /// <summary>Timers count whole milliseconds: the shortest wait that is one.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly HttpContext _context;
    private readonly ArmRoute _route;
    private readonly Generation _generation;
    private readonly Pick _pick;
    private readonly Shield _shield;
    private readonly Attempt _attempt;
    private readonly TimeProvider _time;
    private readonly CancellationToken _client;
    private readonly TaskCompletionSource _canaryEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Outcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _lost;
    private Recall? _canary;
    private DefaultHttpContext? _own;
    private ITimer? _limit;
    private TimeSpan _due;
    private int _state;
    private volatile bool _won;
    private volatile bool _disposed;

    private Hedge(HttpContext context, ArmRoute route, Generation generation, Pick pick, Shield shield, Attempt attempt, TimeProvider time)
    {
        (_context, _route, _generation, _pick, _shield, _attempt, _time) = (context, route, generation, pick, shield, attempt, time);
        _client = context.RequestAborted;
        _lost = CancellationTokenSource.CreateLinkedTokenSource(_client);
    }

    /// <summary>Null where the plan does not ask for hedging, or the request may not be handled by both arms at the same time.</summary>
    public static Hedge? Over(
        HttpContext context,
        ArmRoute route,
        Generation generation,
        Pick pick,
        Shield? shield,
        Attempt attempt,
        TimeProvider time) =>
        shield is { MayRace: true } && route.Shield is { Hedge: true } ? new Hedge(context, route, generation, pick, shield, attempt, time) : null;

    /// <summary>The user gets stable's answer.</summary>
    public bool HasWon => _won;

    /// <summary>Starts the timer after which stable is asked.</summary>
    /// <param name="canary">Ends the canary's attempt if stable wins.</param>
    /// <param name="sent">When the canary was picked, on the monotonic clock.</param>
    public void Start(Recall canary, TimeSpan sent)
    {
        _canary = canary.Shared();
        // Copied before the canary's attempt uses the request on another thread.
        _own = Fork();
        if (_route.Rollout.Plan.Find(ObjectiveMetric.Latency) is { } latency)
        {
            _due = sent + latency.Limit;
            _limit = _time.CreateTimer(static hedge => _ = ((Hedge)hedge!).AskAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _limit.Change(latency.Limit, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The canary's attempt has ended, with or without an answer.</summary>
    /// <returns>True if the user has stable's answer.</returns>
    public async Task<bool> HasAnsweredAsync(Outcome canarys)
    {
        if (Interlocked.CompareExchange(ref _state, Closed, Waiting) == Waiting)
        {
            return false;
        }

        _canaryEnded.SetResult();
        // A user who has left takes the response along, and what is written to it after this request's end is written to another's. Stable's
        // headers may be there already: either it can no longer win, or it is waited for.
        if (_shield.HasAnswered || (_client.IsCancellationRequested && _shield.TryAnswer()))
        {
            await _lost.CancelAsync();
            return false;
        }

        var outcome = await _ended.Task;
        if (_won && outcome != Outcome.Failure)
        {
            _generation.Hedged(canarys);
        }

        return _won;
    }

    /// <summary>Stable's headers are there, and nothing of them has left.</summary>
    /// <param name="own">The context of stable's attempt; if stable wins, it writes to the user's response from here on.</param>
    /// <param name="failed">Stable failed: its answer is used only if the canary ends without one.</param>
    /// <returns>True if stable has won.</returns>
    public async Task<bool> TryWinAsync(HttpContext own, bool failed)
    {
        if (failed)
        {
            await _canaryEnded.Task.WaitAsync(_lost.Token);
        }

        if (!_shield.TryTakeOver())
        {
            return false;
        }

        await _canary!.EndAsync();
        await _canaryEnded.Task;
        _won = true;
        Take(own);
        return true;
    }

    public void Dispose()
    {
        _disposed = true;
        _limit?.Dispose();
        // Set by now, unless the canary's attempt threw: then stable's must not wait for its end, nor write a response that nobody owns.
        _canaryEnded.TrySetCanceled();
        if (Volatile.Read(ref _state) != Started || _ended.Task.IsCompleted)
        {
            _lost.Dispose();
        }
    }

    private async Task AskAsync()
    {
        var now = _time.GetElapsedTime(0);
        if (now < _due)
        {
            // A timer may fire some milliseconds early, and a canary that lost the race before its limit would not be charged as slow.
            _limit!.Change(_due - now + ShortestWait, Timeout.InfiniteTimeSpan);
            return;
        }

        if (Interlocked.CompareExchange(ref _state, Started, Waiting) != Waiting)
        {
            return;
        }

        var outcome = Outcome.Neutral;
        try
        {
            if (_shield.TryHedge(now))
            {
                await _attempt.RunAsync(_own!, _route, _generation, _generation.PickReplay(_pick), _shield.Stable, now, out var request, hedge: this);
                outcome = request.Outcome;
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The canary's attempt goes on, and its user gets whatever that brings.
        }
        finally
        {
            _ended.SetResult(outcome);
            if (_disposed)
            {
                _lost.Dispose();
            }
        }
    }

    private DefaultHttpContext Fork()
    {
        var headers = new HeaderDictionary(_context.Request.Headers.Count);
        foreach (var (name, value) in _context.Request.Headers)
        {
            headers[name] = value;
        }

        var fork = RequestHead.Fork(_context, headers);
        fork.User = _context.User;
        fork.Features.Set(_context.Features.Get<IHttpRequestTimeoutFeature>());
        fork.Features.Set<IHttpRequestLifetimeFeature>(new Lifetime(_context, _lost.Token));
        return fork;
    }

    /// <summary>Moves stable's status and headers to the user's response, and points stable's context at it.</summary>
    private void Take(HttpContext own)
    {
        _shield.Prepare(_context);
        _context.Response.StatusCode = own.Response.StatusCode;
        foreach (var (name, value) in own.Response.Headers)
        {
            _context.Response.Headers[name] = value;
        }

        own.Features.Set(_context.Features.Get<IHttpResponseFeature>());
        own.Features.Set(_context.Features.Get<IHttpResponseBodyFeature>());
        own.Features.Set(_context.Features.Get<IHttpResponseTrailersFeature>());
        own.Features.Set(_context.Features.Get<IHttpResetFeature>());
    }

    /// <summary>Ends with the lost race; an abort is the user's connection's, so that a broken answer of stable is not taken for a whole one.</summary>
    private sealed class Lifetime(HttpContext user, CancellationToken ended) : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; } = ended;

        public void Abort() => user.Abort();
    }
}
