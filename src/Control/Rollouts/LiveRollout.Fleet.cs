namespace Snapback.Control.Rollouts;

/// <summary>What other replicas say, and what this one does while it cannot hear them.</summary>
public sealed partial class LiveRollout
{
    private bool _withheld;
    private volatile FleetPlace _place = FleetPlace.Only;

    /// <summary>The last generations that were rolled back, newest last.</summary>
    private readonly Queue<(long Generation, Rollback Record)> _rolledBack = new();

    /// <summary>Told of every failure, on the request's own thread; must not block.</summary>
    public Action<LiveRollout> Failed { get; set; } = static _ => { };

    /// <summary>This replica's place among the live ones of this rollout, as last heard.</summary>
    public FleetPlace Place { get => _place; set => _place = value; }

    /// <summary>The canary gets nothing here, whatever the status says.</summary>
    public bool Withheld => Volatile.Read(ref _withheld);

    /// <summary>
    /// Stable only, because it is not known what the fleet holds. No change of status: the weight comes back as soon as that is known.
    /// A promoted canary is nobody's canary any more and keeps its traffic.
    /// </summary>
    public void Withhold(bool withheld)
    {
        lock (_lock)
        {
            if (_withheld != withheld)
            {
                Volatile.Write(ref _withheld, withheld);
                Weigh(_generation, _status, Now().Monotonic);
            }
        }
    }

    /// <summary>
    /// What the fleet holds: taken over if it dominates what is known here, and the later of two plans with it. Of two equals the record
    /// of another replica's rollback may have later counts.
    /// </summary>
    /// <returns>True if something changed here that other rooms must know.</returns>
    public bool Merge(RolloutPlan plan, RolloutStatus heard)
    {
        lock (_lock)
        {
            if (StatusOrder.Dominates(heard, _status))
            {
                var outlasts = _status.PlanOutlasts(heard);
                heard = heard with { Plans = outlasts ? _status.Plans : PlansOf_NeedsLock(plan, heard) };
                _plan = outlasts ? _plan : plan;
                _closedHere = null;
                MarkStored_NeedsLock(heard);
                Apply_NeedsLock(heard, Now().Monotonic);
                return true;
            }

            var isReplanned = heard.PlanOutlasts(_status);
            if (isReplanned)
            {
                _plan = plan;
                _status = _status with { Plans = heard.Plans };
            }

            if (heard.Rollback is { } record && record != _status.Rollback && StatusOrder.Key(heard) == StatusOrder.Key(_status))
            {
                _status = IsCountedHere ? _status : heard with { Plans = _status.Plans };
                MarkStored_NeedsLock(heard);
            }

            return isReplanned;
        }
    }

    /// <summary>
    /// A rollback that this process made, with counts that the store lacks, and with nothing in flight that would still change them: nobody
    /// else can tell them.
    /// </summary>
    public bool HasLateCounts(TimeSpan now)
    {
        lock (_lock)
        {
            return IsCountedHere && _generation.Word.InFlight == 0 && Unstored(now) is not null;
        }
    }

    /// <summary>Of two that closed it in the same moment, the one whose record holds counts on.</summary>
    private bool IsCountedHere => ReferenceEquals(_closedHere, _generation) && _status.Rollback?.Replica == _replica;

    /// <summary>A replica of a version that does not count has given a plan if its is another one.</summary>
    private long? PlansOf_NeedsLock(RolloutPlan plan, RolloutStatus heard) =>
        heard.Plans is not null || heard.Created != _status.Created ? heard.Plans : ReferenceEquals(plan, _plan) ? _status.Plans : _status.Plans + 1;

    /// <summary>How long this replica's rollback took to reach the others.</summary>
    public void Spread(long generation, double milliseconds)
    {
        lock (_lock)
        {
            if (_status.Generation == generation && _status.Rollback is { } record && record.Replica == _replica)
            {
                _status = _status with { Rollback = record with { SpreadMs = milliseconds } };
            }
        }
    }

    /// <summary>The record that holds of a generation's rollback, also when others have begun since; null if there is none or it
    /// is forgotten.</summary>
    public Rollback? RollbackOf(long generation)
    {
        lock (_lock)
        {
            return _status.Generation == generation ? _status.Rollback : _rolledBack.LastOrDefault(one => one.Generation == generation).Record;
        }
    }

    /// <summary>Eight are enough: a record is asked for within seconds of its rollback, and nobody starts and rolls back more versions in that time.</summary>
    private void Remember_NeedsLock(RolloutStatus ended)
    {
        if (ended.Rollback is { } record)
        {
            _rolledBack.Enqueue((ended.Generation, record));
            if (_rolledBack.Count > 8)
            {
                _rolledBack.Dequeue();
            }
        }
    }
}
