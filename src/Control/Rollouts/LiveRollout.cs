using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>
/// The one mutable cell of a rollout. Lowering happens here first and is told afterwards through <c>loweredHere</c>; raising
/// arrives by <see cref="Adopt"/> after it was committed. No I/O, no logging and no callback happens under the lock.
/// </summary>
public sealed class LiveRollout
{
    private readonly Lock _gate = new();
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

    /// <param name="loweredHere">Called after this replica lowered the rollout by itself, outside every lock; must not block.</param>
    public LiveRollout(
        RolloutPlan plan, RolloutStatus status, string replica, RolloutSwitches switches, TimeProvider time, Action<LiveRollout> loweredHere)
    {
        _plan = plan;
        _status = status;
        _replica = replica;
        _switches = switches;
        _time = time;
        _loweredHere = loweredHere;
        _enteredAt = Now().Monotonic;
        _generation = new Generation(this, status, plan);
    }

    public string Name => _plan.Name;
    public RolloutPlan Plan => _plan;
    public RolloutStatus Status => _status;
    public Generation Generation => _generation;

    /// <summary>Both arms since this process began, for the metrics.</summary>
    public ArmTraffic StableTraffic { get; } = new();
    public ArmTraffic CanaryTraffic { get; } = new();

    public OutcomeTaps Taps { get; } = new();

    public ArmTraffic Traffic(Arm arm) => arm == Arm.Canary ? CanaryTraffic : StableTraffic;

    /// <summary>Status, generation and progress of one instant.</summary>
    public RolloutSnapshot Snapshot(TimeSpan now)
    {
        lock (_gate)
        {
            return new RolloutSnapshot(_plan, Settled_NeedsLock(), _generation, Progress_NeedsLock(now));
        }
    }

    /// <summary>A plan may change only while no generation is open; the caller has checked and committed both.</summary>
    public void Replace(RolloutPlan plan, RolloutStatus status)
    {
        lock (_gate)
        {
            _plan = plan;
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
        lock (_gate)
        {
            if (!StatusOrder.Dominates(next, _status))
            {
                return false;
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

    /// <summary>Memory first: weight 0 and the generation closed, on this thread. Null if there was nothing to roll back.</summary>
    public RolloutStatus? RollBack(string trigger, string sentence, Authority authority, string by, string? reason)
    {
        var started = Now().Monotonic;
        var generation = _generation;
        if (_status.Phase is RolloutPhase.Idle or RolloutPhase.RolledBack || generation.Close(Weight.Zero, evenIfClosed: true) is not { } word)
        {
            return null;
        }

        return Record(generation, word, started, record => record with
        {
            Trigger = trigger,
            Explanation = sentence,
            Authority = authority,
            By = by,
            Reason = reason,
        });
    }

    /// <summary>The judge's ruling, on the thread of the deciding response.</summary>
    /// <param name="now">When the response was classified; the decision's time runs from there.</param>
    internal void Breach(Generation generation, Ruling ruling, TimeSpan now)
    {
        var acts = ruling.EndsCanary && _switches.AutoRollback;
        if (!ReferenceEquals(generation, _generation) || !_status.Phase.IsOpen() || (_status.Phase == RolloutPhase.Frozen && !acts))
        {
            return;
        }

        if (!ruling.EndsCanary)
        {
            Freeze(generation, Told(generation, ruling), shared: true);
        }
        else if (!_switches.AutoRollback)
        {
            Freeze(generation, JudgeSentences.Unprotected(JudgeSentences.Trigger(_plan, ruling.Cause), Told(generation, ruling)), shared: false);
        }
        else if (generation.Close(Weight.Zero) is { } word)
        {
            Record(generation, word, now, record => JudgeRecord.Of(record, _plan, ruling, Told(generation, ruling), now));
            if (ruling.Provisional)
            {
                generation.Doubt(ruling, now);
            }
        }
    }

    /// <summary>
    /// Stable broke the same budget soon after: the fault was common to both. The canary stays at 0, its version may start again.
    /// </summary>
    internal void Exonerate(Generation generation)
    {
        const string sentence = "Stable broke its budget too within the next seconds: the version is not to blame and may start again.";
        lock (_gate)
        {
            var transition = Transitions.Apply(_plan, _status, new RolloutCommand.Exonerate(sentence), TimeSpan.Zero, Now().Wall);
            if (!ReferenceEquals(generation, _generation) || transition.Next is not { } exonerated)
            {
                return;
            }

            Apply_NeedsLock(exonerated, Now().Monotonic);
        }

        _loweredHere(this);
    }

    private string Told(Generation generation, Ruling ruling) => JudgeSentences.Of(_plan, _status, generation.Settings!, ruling, Now());

    internal void Unavailable(Generation generation, TimeSpan now)
    {
        const string sentence = "The canary has no available destination; its requests went to stable.";
        if (!_switches.AutoRollback)
        {
            if (_status.Phase != RolloutPhase.Frozen)
            {
                Freeze(generation, sentence, shared: false);
            }
        }
        else if (ReferenceEquals(generation, _generation) && generation.Close(Weight.Zero) is { } word)
        {
            Record(generation, word, now, record => record with { Trigger = "unavailable", Explanation = sentence });
        }
    }

    private RolloutStatus Record(Generation generation, PickWord word, TimeSpan started, Func<Rollback, Rollback> describe)
    {
        var decided = Now();
        var record = describe(new Rollback
        {
            Trigger = "operator",
            Explanation = "",
            Authority = Authority.Judge,
            By = "judge",
            Replica = _replica,
            At = decided.Wall,
            WeightBefore = new Weight(word.Weight),
            DecisionMicros = Math.Round((decided.Monotonic - started).TotalMicroseconds, 1),
            SequenceAtDecision = word.Sequence,
            InFlightAtDecision = word.InFlight,
            Deadline = _plan.Rollback.Deadline,
            FailuresAtDecision = generation.Canary.Failures,
            Victims = generation.Canary.Failures,
        });

        RolloutStatus status;
        lock (_gate)
        {
            var transition = Transitions.Apply(_plan, _status, new RolloutCommand.RollBack(record), TimeSpan.Zero, decided.Wall);
            status = transition.Next ?? _status;
            _closedHere = generation;
            Apply_NeedsLock(status, decided.Monotonic);
        }

        _loweredHere(this);
        return status;
    }

    private void Freeze(Generation generation, string sentence, bool shared)
    {
        lock (_gate)
        {
            var transition = Transitions.Apply(_plan, _status, new RolloutCommand.Freeze(sentence, shared), Progress_NeedsLock(Now().Monotonic).Served, Now().Wall);
            if (!ReferenceEquals(generation, _generation) || transition.Next is not { } frozen)
            {
                return;
            }

            Apply_NeedsLock(frozen, Now().Monotonic);
        }

        _loweredHere(this);
    }

    private void Apply_NeedsLock(RolloutStatus next, TimeSpan now)
    {
        var before = _status;
        _status = next;
        if (next.Generation != _generation.Number)
        {
            _generation = new Generation(this, next, _plan);
        }
        else if (!next.Phase.IsOpen())
        {
            // A promotion never reopens what a rollback closed a moment ago; a rollback closes a promotion too.
            _generation.Close(next.Weight, evenIfClosed: next.Phase == RolloutPhase.RolledBack);
        }
        else
        {
            _generation.SetWeight(next.Weight);
        }

        if (next.Generation != before.Generation || next.Step != before.Step || next.Weight != before.Weight)
        {
            _responsesAtEntry = _generation.Canary.Responses;
            _enteredAt = now;
        }
        else if (next.Phase != before.Phase)
        {
            _enteredAt = now;
        }
    }

    /// <summary>
    /// The rollback's counts go on after the decision: requests in flight may still hurt a user, and a pick after it would be
    /// a leak. A record that was loaded or received keeps the counts of the replica that made it.
    /// </summary>
    private RolloutStatus Settled_NeedsLock()
    {
        if (_status.Rollback is { } record && ReferenceEquals(_closedHere, _generation))
        {
            var late = _generation.Word.Sequence - record.SequenceAtDecision;
            var victims = _generation.Canary.Failures;
            if (late != record.CanaryAfterDecision || victims != record.Victims)
            {
                _status = _status with { Rollback = record with { CanaryAfterDecision = late, Victims = victims } };
            }
        }

        return _status;
    }

    private StepProgress Progress_NeedsLock(TimeSpan now)
    {
        var climbing = _status.Phase is RolloutPhase.Progressing or RolloutPhase.Baking;
        return new StepProgress(
            _status.Held + (climbing && now > _enteredAt ? now - _enteredAt : TimeSpan.Zero),
            _generation.Canary.Responses - _responsesAtEntry);
    }

    private Moment Now() => Moment.Now(_time);
}
