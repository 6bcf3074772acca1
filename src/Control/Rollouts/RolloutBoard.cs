using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Snapback.Control.Rollouts;

/// <summary>All rollouts of this replica.</summary>
public sealed class RolloutBoard
{
    private static readonly ImmutableSortedSet<string> None = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, LiveRollout> _rollouts = new(StringComparer.Ordinal);

    /// <summary>Names of rollouts that have, or had, a stable cluster; as YARP compares ids.</summary>
    private readonly ConcurrentDictionary<string, ImmutableSortedSet<string>> _byStable = new(StringComparer.OrdinalIgnoreCase);

    private readonly ConcurrentDictionary<string, bool> _unreadable = new(StringComparer.Ordinal);
    private readonly Lock _adding = new();
    private readonly ConcurrentQueue<LiveRollout> _woken = new();
    private readonly List<LiveRollout> _awake = [];
    private int _version;
    private bool _isPartial;

    /// <summary>Grows with every rollout added, removed or re-planned, so that derived tables know when they are stale.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Beats after every change of a status, and of what <see cref="Version"/> counts.</summary>
    public Pulse Changes { get; } = new();

    public StallWatch Stalls { get; } = new();

    public GivenPlans Given { get; } = new();

    /// <summary>The fleet was not heard since this process began: it may have rollouts that are not here.</summary>
    public bool IsPartial { get => Volatile.Read(ref _isPartial); set => Volatile.Write(ref _isPartial, value); }

    /// <summary>In no order; for the loops that look many times a second.</summary>
    public IEnumerable<LiveRollout> Each => _rollouts.Select(pair => pair.Value);

    public IEnumerable<LiveRollout> All => _rollouts.Values.OrderBy(live => live.Name, StringComparer.Ordinal);

    /// <summary>Whose plan has this stable cluster, by name: found among ten thousand without a look at the others.</summary>
    public IEnumerable<LiveRollout> Under(string stable)
    {
        foreach (var name in _byStable.GetValueOrDefault(stable, None))
        {
            if (TryGet(name, out var live) && string.Equals(live.Plan.Stable, stable, StringComparison.OrdinalIgnoreCase))
            {
                yield return live;
            }
        }
    }

    public bool TryGet(string name, [NotNullWhen(true)] out LiveRollout? live) => _rollouts.TryGetValue(name, out live);

    public void Put(LiveRollout live)
    {
        live.JoinTo(this);
        _rollouts[live.Name] = live;
        Replanned(live);
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

    /// <summary>It can be read now, or is gone.</summary>
    public void LeaveAloneNoMore(string name) => _unreadable.TryRemove(name, out _);

    public bool IsLeftAlone(string name) => _unreadable.ContainsKey(name);

    public void Remove(string name)
    {
        if (_rollouts.TryRemove(name, out var live))
        {
            _byStable.AddOrUpdate(live.Plan.Stable, None, (_, names) => names.Remove(name));
            Touch();
        }
    }

    /// <summary>To be called after its plan was replaced.</summary>
    public void Replanned(LiveRollout live)
    {
        _byStable.AddOrUpdate(live.Plan.Stable, _ => None.Add(live.Name), (_, names) => names.Add(live.Name));
        Touch();
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

        var anyMaySleep = false;
        foreach (var live in _awake)
        {
            live.Generation.Tick(now);
            anyMaySleep |= live.PrepareToSleep();
        }

        if (anyMaySleep)
        {
            // A request's thread writes its ticket and then reads whether the rollout sleeps; this thread wrote that it does and reads the
            // tickets next. Behind the barrier at least one of both sees what the other wrote.
            Interlocked.MemoryBarrierProcessWide();
            _awake.RemoveAll(static live => live.TrySleep());
        }
    }
}
