using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Snapback.Control.Rollouts;

/// <summary>All rollouts of this replica.</summary>
public sealed class RolloutBoard
{
    private readonly ConcurrentDictionary<string, LiveRollout> _rollouts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _unreadable = new(StringComparer.Ordinal);
    private readonly Lock _adding = new();
    private readonly ConcurrentQueue<LiveRollout> _woken = new();
    private readonly List<LiveRollout> _awake = [];
    private int _version;

    /// <summary>Grows with every rollout added, removed or re-planned, so that derived tables know when they are stale.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Beats after every change of a status, and of what <see cref="Version"/> counts.</summary>
    public Pulse Changes { get; } = new();

    public StallWatch Stalls { get; } = new();

    /// <summary>In no order; for the loops that look many times a second.</summary>
    public IEnumerable<LiveRollout> Each => _rollouts.Select(pair => pair.Value);

    public IEnumerable<LiveRollout> All => _rollouts.Values.OrderBy(live => live.Name, StringComparer.Ordinal);

    public bool TryGet(string name, [NotNullWhen(true)] out LiveRollout? live) => _rollouts.TryGetValue(name, out live);

    public void Put(LiveRollout live)
    {
        live.JoinTo(this);
        _rollouts[live.Name] = live;
        Touch();
    }

    /// <summary>
    /// The rollout of this name, made if there is none. A plan's own commit and the fleet's message of it may both want to make it, and
    /// of two cells the fleet would talk to one and requests to the other.
    /// </summary>
    /// <param name="make">Called at most once; must not block.</param>
    public LiveRollout Ensure(string name, Func<LiveRollout> make, out bool isNew)
    {
        lock (_adding)
        {
            isNew = !_rollouts.TryGetValue(name, out var live);
            if (isNew)
            {
                Put(live = make());
            }

            return live!;
        }
    }

    /// <summary>The store has a rollout of this name that this version cannot read; nobody may write over it.</summary>
    public void LeaveAlone(string name) => _unreadable[name] = true;

    public bool IsLeftAlone(string name) => _unreadable.ContainsKey(name);

    public void Remove(string name)
    {
        if (_rollouts.TryRemove(name, out _))
        {
            Touch();
        }
    }

    public void Touch()
    {
        Interlocked.Increment(ref _version);
        Changes.Beat();
    }

    internal void Wake(LiveRollout live) => _woken.Enqueue(live);

    /// <summary>
    /// One tick for the latency evidence of every rollout with something open: of ten thousand most have nothing. For one thread.
    /// </summary>
    public void Tick(TimeSpan now)
    {
        Stalls.Beat(now);
        while (_woken.TryDequeue(out var live))
        {
            _awake.Add(live);
        }

        var drowsy = false;
        foreach (var live in _awake)
        {
            live.Generation.Tick(now);
            drowsy |= live.IsDrowsy();
        }

        if (drowsy)
        {
            // Whoever sends a request writes its ticket and then reads whether the rollout sleeps: behind this barrier one of both sees the other.
            Interlocked.MemoryBarrierProcessWide();
            _awake.RemoveAll(static live => live.FallsAsleep());
        }
    }
}
