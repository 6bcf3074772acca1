using Microsoft.Extensions.ObjectPool;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Shielding;

/// <summary>
/// A canary request that a rollback can call back. One that still waits for its answer when the latency limit has passed goes to stable,
/// so that the users of a canary that hangs do not wait for a time-out. One that goes on after it was answered (a WebSocket, a stream)
/// is cut when the plan's drain time is over, so that nobody is left with the bad version.
/// </summary>
internal sealed class Recall : IDisposable
{
    /// <summary>How long an answer may take after a rollback if the plan has no latency objective. A choice: few good answers take so long.</summary>
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(1);

    private static readonly ObjectPool<CancellationTokenSource> Pool = new DefaultObjectPool<CancellationTokenSource>(new Resettable(), 1024);

    private readonly HttpContext _context;
    private readonly Shield? _shield;
    private readonly RolloutPlan _plan;
    private readonly TimeSpan _picked;
    private readonly TimeProvider _time;
    private readonly CancellationToken _client;
    private readonly CancellationTokenSource _attempt;
    private readonly CancellationTokenRegistration _clientLeaves;
    private readonly CancellationTokenRegistration _rollsBack;
    private bool _shared;
    private volatile bool _ended;
    private volatile bool _hasCut;

    public Recall(HttpContext context, Generation generation, Shield? shield, RolloutPlan plan, TimeSpan picked, TimeProvider time)
    {
        _context = context;
        _shield = shield;
        _plan = plan;
        _picked = picked;
        _time = time;
        _client = context.RequestAborted;
        _attempt = Pool.Get();
        context.RequestAborted = _attempt.Token;
        _clientLeaves = _client.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _attempt);
        _rollsBack = generation.RolledBack.UnsafeRegister(static recall => _ = ((Recall)recall!).CallBackAsync(), this);
    }

    /// <summary>The attempt was ended at the drain time, and not by its client.</summary>
    public bool HasCut => _hasCut;

    /// <summary>Lets a hedge end the attempt too. It may do so after the attempt is over, so the token source is not pooled again.</summary>
    public Recall Shared()
    {
        _shared = true;
        return this;
    }

    /// <summary>Ends the attempt, because stable has answered the user.</summary>
    public Task EndAsync() => _attempt.CancelAsync();

    /// <summary>The attempt is over: the request is aborted by its client alone again.</summary>
    public void Dispose()
    {
        _ended = true;
        _context.RequestAborted = _client;
        // A callback that has run or is running may still cancel the source, which must then serve no other request. Both registrations
        // must end, so nothing short-circuits here.
        if (_clientLeaves.Unregister() & _rollsBack.Unregister() && !_shared)
        {
            Pool.Return(_attempt);
        }
    }

    private async Task CallBackAsync()
    {
        var drained = _time.GetElapsedTime(0) + _plan.Rollback.Drain;
        if (_shield is { MayTakeBack: true })
        {
            await UntilAsync(_picked + (_plan.Find(ObjectiveMetric.Latency)?.Limit ?? DefaultLimit));
            if (!_ended && _shield.TakeBack(_time.GetElapsedTime(0)))
            {
                await _attempt.CancelAsync();
                return;
            }
        }

        if (drained is { } end)
        {
            await UntilAsync(end);
            if (!_ended)
            {
                _hasCut = true;
                await _attempt.CancelAsync();
            }
        }
    }

    private Task UntilAsync(TimeSpan at) => at - _time.GetElapsedTime(0) is var left && left > TimeSpan.Zero && !_ended
        ? Task.Delay(left, _time)
        : Task.CompletedTask;

    private sealed class Resettable : IPooledObjectPolicy<CancellationTokenSource>
    {
        public CancellationTokenSource Create() => new();

        public bool Return(CancellationTokenSource source) => source.TryReset();
    }
}
