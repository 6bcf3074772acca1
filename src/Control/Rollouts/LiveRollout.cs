using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>
/// The one mutable cell of a rollout. Lowering happens here first and is told afterwards through <c>loweredHere</c>; raising
/// arrives by <see cref="Adopt"/> after it was committed. No I/O, no logging and no callback happens under the lock.
/// </summary>
public sealed partial class LiveRollout
{
    private readonly Lock _lock = new();
    private readonly string _replica;
    private readonly RolloutSwitches _switches;
    private readonly TimeProvider _time;
    private readonly Action<LiveRollout> _loweredHere;
    private volatile RolloutPlan _plan;
    private volatile RolloutStatus _status;
    private volatile Generation _generation;
    private Generation? _closedHere;
    private TimeSpan _enteredAt;
    private long _responsesAtEntry;
    private long _failuresAtEntry;
    private long _visit;

    /// <param name="loweredHere">Called after this replica lowered the rollout by itself, outside every lock; must not block.</param>
    /// <param name="stalls">The process's; null where nobody watches.</param>
    public LiveRollout(
        RolloutPlan plan, RolloutStatus status, string replica, RolloutSwitches switches, TimeProvider time,
        Action<LiveRollout> loweredHere, StallWatch? stalls = null)
    {
        _plan = plan;
        _status = status;
        _stored = status;
        _replica = replica;
        _switches = switches;
        _time = time;
        _loweredHere = loweredHere;
        Stalls = stalls ?? new StallWatch();
        _enteredAt = Now().Monotonic;
        _generation = new Generation(this, status, plan, _enteredAt);
    }

    public string Name => _plan.Name;
    public RolloutPlan Plan => _plan;
    public RolloutStatus Status => _status;
    public Generation Generation => _generation;

    /// <summary>Rolled back a moment ago, and its record is not written yet. Asked without a lock: true may be out of date, false is not.</summary>
    public bool IsUnrecorded
    {
        get
        {
            var generation = _generation;
            return generation.IsAheadOf(_status);
        }
    }

    /// <summary>Both arms since this process began, for the metrics.</summary>
    public ArmTraffic StableTraffic { get; } = new();
    public ArmTraffic CanaryTraffic { get; } = new();

    /// <summary>What became of copies since this process began, for the metrics.</summary>
    public ShadowCounts Copies { get; } = new();

    public OutcomeTaps Taps { get; } = new();

    /// <summary>What hooks and queries say; read by the gate.</summary>
    public Findings Findings { get; } = new();

    /// <summary>Null until it is on one.</summary>
    internal RolloutBoard? Board { get; private set; }

    public StallWatch Stalls { get; }

    public ArmTraffic Traffic(Arm arm) => arm == Arm.Canary ? CanaryTraffic : StableTraffic;

    /// <summary>Its flags as they are at this instant.</summary>
    public ImmutableArray<FlagState> Flags
    {
        get
        {
            var (status, generation) = (_status, _generation);
            // The word is closed an instant before the status says so, and no flag may be on when the weight is 0.
            return FlagState.Of(_plan, status, generation.Number == status.Generation && generation.Word is { Closed: true, Weight: 0 });
        }
    }

    /// <summary>Status, generation and progress of one instant.</summary>
    public RolloutSnapshot Snapshot(TimeSpan now)
    {
        lock (_lock)
        {
            var status = Settled_NeedsLock();
            return new RolloutSnapshot(_plan, status, _generation, Progress_NeedsLock(now), Findings.Of(status, _visit)) { Visit = _visit };
        }
    }

    /// <summary>
    /// Until when nothing moves it, whatever the traffic says, unless its status or plan changes: it is closed, or its step has to hold for
    /// longer and nobody is asked meanwhile. <paramref name="now"/> if something may.
    /// </summary>
    public TimeSpan EarlyUntil(TimeSpan now)
    {
        lock (_lock)
        {
            if (!_status.Phase.IsOpen())
            {
                return TimeSpan.MaxValue;
            }

            if (_plan is not { Group: null, Hooks: [] }
                || _plan.StepAt(_status) is not { } step
                || Served_NeedsLock(now) is var served && served >= step.Hold)
            {
                return now;
            }

            return IsClimbing ? now + (step.Hold - served) : TimeSpan.MaxValue;
        }
    }

    /// <summary>For how long this process has known it where it stands.</summary>
    public TimeSpan StoodFor(TimeSpan now)
    {
        lock (_lock)
        {
            return now - _enteredAt;
        }
    }

    /// <summary>A plan may change only while no generation is open; the caller has checked and committed both.</summary>
    public void Replace(RolloutPlan plan, RolloutStatus status)
    {
        lock (_lock)
        {
            _plan = plan;
            MarkStored_NeedsLock(status);
            if (StatusOrder.Dominates(status, _status))
            {
                Apply_NeedsLock(status, Now().Monotonic);
            }
        }
    }

    /// <summary>Takes over a committed status if it dominates what is known here.</summary>
    /// <param name="basis">
    /// What the commit was made from, if it was made here. A rollback that came in between wins over a new generation too: it is
    /// carried over into it, with the arms as they were, and the result is false.
    /// </param>
    public bool Adopt(RolloutStatus next, RolloutStatus? basis = null)
    {
        lock (_lock)
        {
            if (basis is not null)
            {
                MarkStored_NeedsLock(next);
            }

            if (!StatusOrder.Dominates(next, _status))
            {
                // A fleet may have told it to this replica before the commit was answered, and what was built on it too: a rollback as well,
                // which has the commit's revision only if it was made beside it.
                return StatusOrder.Key(next) == StatusOrder.Key(_status)
                    || (next.Generation == _status.Generation
                        && (_status.Phase != RolloutPhase.RolledBack || (basis is not null && _status.Revision > next.Revision)));
            }

            if (basis is not null && next.Generation > basis.Generation && _status.Revision != basis.Revision)
            {
                Apply_NeedsLock(_status with { Generation = next.Generation, Revision = next.Revision + 1 }, Now().Monotonic);
                return false;
            }

            Apply_NeedsLock(next, Now().Monotonic);
            return true;
        }
    }

    private void Apply_NeedsLock(RolloutStatus next, TimeSpan now)
    {
        var before = _status;
        _status = next;
        if (next.Generation != before.Generation)
        {
            Remember_NeedsLock(before);
        }

        if (next.Generation != _generation.Number || IsNextTrial(next))
        {
            Outlive_NeedsLock(_generation);
            var generation = new Generation(this, next, _plan, now, _generation);
            // Before anybody can pick in it: its canary may be withheld.
            Weigh(generation, next, now);
            _generation = generation;
        }
        else if (!next.Phase.IsOpen())
        {
            // A promotion never reopens what a rollback closed a moment ago; a rollback closes a promotion too.
            if (_generation.Close(next.Weight, evenIfClosed: next.Phase == RolloutPhase.RolledBack) is not null && next.Weight == Weight.Zero)
            {
                _generation.CallBack();
            }
        }
        else
        {
            Weigh(_generation, next, now);
        }

        Board?.Changes.Beat();
        if (next.Generation != before.Generation || next.Step != before.Step || next.Weight != before.Weight)
        {
            (_responsesAtEntry, _failuresAtEntry) = (_generation.CanaryResponses, _generation.CanaryFailures);
            _enteredAt = now;
            _visit++;
        }
        else if (next.Phase != before.Phase)
        {
            _enteredAt = now;
        }
    }

    /// <summary>Users meet the canary after copies: what copies showed is no proof of what users will see.</summary>
    private bool IsNextTrial(RolloutStatus next) =>
        next.Phase != RolloutPhase.RolledBack && _generation.IsShadow != _plan.ShadowAt(next) > Weight.Zero;

    private void Weigh(Generation generation, RolloutStatus status, TimeSpan now)
    {
        generation.SetCopied(_withheld ? Weight.Zero : _plan.ShadowAt(status));
        generation.SetWeight(_withheld ? Weight.Zero : status.Weight, now);
    }

    /// <summary>
    /// The rollback's counts go on after the decision: requests in flight may still hurt a user, and a pick after it would be
    /// a leak. A record that was loaded or received keeps the counts of the replica that made it.
    /// </summary>
    private RolloutStatus Settled_NeedsLock()
    {
        if (_status.Rollback is { } record
            && IsCountedHere
            && Settled(record, _generation) is var settled
            && settled != record)
        {
            _status = _status with { Rollback = settled };
        }

        return _status;
    }

    /// <summary>This replica made the record.</summary>
    public bool IsOwn(Rollback record) => record.Replica == _replica;

    /// <summary>A record of this replica's with what its generation has counted until now, also when another has begun since.</summary>
    /// <param name="generation">The one that was rolled back, in this process.</param>
    public Rollback Settled(Rollback record, Generation generation) => !IsOwn(record) ? record : record with
    {
        CanaryAfterDecision = generation.Word.Sequence - record.SequenceAtDecision,
        Shielded = generation.CanaryShielded,
        Victims = Victims(generation),
        TakenBack = generation.TakenBack,
        Cut = generation.WereCut,
        Exposure = generation.Exposed(Now()),
    };

    /// <summary>A failed copy hurt nobody.</summary>
    private static long Victims(Generation generation) => generation.IsShadow ? 0 : generation.CanaryFailures - generation.CanaryShielded;

    private StepProgress Progress_NeedsLock(TimeSpan now)
    {
        var responses = _generation.CanaryResponses - _responsesAtEntry;
        return new StepProgress(Served_NeedsLock(now), responses, responses - (_generation.CanaryFailures - _failuresAtEntry));
    }

    private TimeSpan Served_NeedsLock(TimeSpan now) => _status.Held + (IsClimbing && now > _enteredAt ? now - _enteredAt : TimeSpan.Zero);

    private bool IsClimbing => _status.Phase is RolloutPhase.Progressing or RolloutPhase.Baking;

    private Moment Now() => Moment.Now(_time);
}
