using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>
/// One attempt of a rollout as the request path sees it: the pick word and the evidence. A generation that was closed stays
/// closed for ever: a request that still holds it can only be sent to stable, and its late results count without judging.
/// </summary>
public sealed class Generation
{
    private readonly LiveRollout _owner;
    private long _word;

    internal Generation(LiveRollout owner, RolloutStatus status, RolloutPlan plan, TimeSpan now)
    {
        _owner = owner;
        Number = status.Generation;
        Swapped = status.Swapped;
        OpenedAt = now;
        foreach (var objective in status.Phase.IsOpen() ? plan.Objectives : [])
        {
            var settings = DetectorSettings.For(objective.Budget, plan.Sensitivity.Alpha());
            var detector = new Detector(settings);
            if (objective.Metric == ObjectiveMetric.SuccessRate)
            {
                Errors = new Watch(objective, settings, detector);
            }
            else
            {
                Latency = new Watch(objective, settings, detector);
                LatencyWatch = new LatencyWatch(detector, objective.Limit, Canary);
            }
        }

        var word = default(PickWord).WithWeight(status.Weight.BasisPoints);
        _word = (status.Phase.IsOpen() ? word : word.WithClosed()).Bits;
    }

    public long Number { get; }

    /// <summary>The plan's stable cluster plays the canary.</summary>
    public bool Swapped { get; }

    public TimeSpan OpenedAt { get; }

    public ArmStats Stable { get; } = new();
    public ArmStats Canary { get; } = new();

    public PickWord Word => new(Volatile.Read(ref _word));

    internal Watch? Errors { get; }
    internal Watch? Latency { get; }
    internal LatencyWatch? LatencyWatch { get; }
    internal Watch[] Watches => Errors is null ? Latency is null ? [] : [Latency] : Latency is null ? [Errors] : [Errors, Latency];

    public ArmStats this[Arm arm] => arm == Arm.Canary ? Canary : Stable;

    public int InFlight(Arm arm) => arm == Arm.Canary ? Word.InFlight : Stable.InFlight;

    /// <summary>The arm of a request. A canary pick is one compare-and-set on the word that also holds the weight: a stale read cannot pick.</summary>
    /// <param name="draw">The request's number in [0, 10 000).</param>
    /// <param name="sequence">Number of the canary pick; 0 for stable.</param>
    public Arm Pick(int draw, out uint sequence)
    {
        var seen = Word;
        while (draw < seen.Weight && seen.InFlight < PickWord.MaxInFlight)
        {
            var picked = seen.WithPick();
            var current = Interlocked.CompareExchange(ref _word, picked.Bits, seen.Bits);
            if (current == seen.Bits)
            {
                sequence = picked.Sequence;
                return Arm.Canary;
            }

            seen = new PickWord(current);
        }

        sequence = 0;
        return PickStable();
    }

    /// <summary>Stable without a draw, for a request the canary cannot take.</summary>
    public Arm PickStable()
    {
        Stable.Enter();
        return Arm.Stable;
    }

    /// <summary>The request ended; exactly one call per pick.</summary>
    public void Leave(Arm arm)
    {
        if (arm == Arm.Canary)
        {
            Interlocked.Add(ref _word, -PickWord.OneInFlight);
        }
        else
        {
            Stable.Leave();
        }
    }

    /// <summary>Counts one outcome, and judges it on the caller's thread: when this returns, a breach has already taken effect.</summary>
    public void Observe(Arm arm, Outcome outcome, TimeSpan now)
    {
        this[arm].Count(outcome);
        if (arm == Arm.Stable || Errors is not { } watch)
        {
            return;
        }

        if (outcome == Outcome.Success)
        {
            watch.Detector.Good();
        }
        else if (outcome == Outcome.Failure && watch.Detector.Bad(now))
        {
            _owner.Breach(this, watch, now);
        }
    }

    /// <summary>The canary request's clock starts; null if the plan has no latency objective.</summary>
    public LatencyTicket? Dispatch(TimeSpan now) => LatencyWatch?.Dispatch(now);

    /// <summary>An arm's time to an answer. The canary's slow ones are counted in dispatch order, stable's here.</summary>
    public void Measured(Arm arm, TimeSpan elapsed)
    {
        this[arm].Latency.Record(elapsed);
        if (arm == Arm.Stable && LatencyWatch is { } watch && elapsed >= watch.Limit)
        {
            Stable.CountSlow();
        }
    }

    /// <summary>The answer is there: good, or, past the limit, slow and judged at once.</summary>
    public void Answered(LatencyTicket ticket, TimeSpan now)
    {
        if (now - ticket.Dispatched < LatencyWatch!.Limit)
        {
            ticket.ResolveGood();
        }
        else
        {
            ticket.Expire();
            Tick(now);
        }
    }

    /// <summary>There is no answer to measure. Past the limit it was slow all the same.</summary>
    public void Excused(LatencyTicket ticket, TimeSpan now)
    {
        if (now - ticket.Dispatched < LatencyWatch!.Limit)
        {
            ticket.Exclude();
        }
        else
        {
            Answered(ticket, now);
        }
    }

    /// <summary>Commits what has passed the latency limit; called by one timer for all rollouts, and by slow answers.</summary>
    public void Tick(TimeSpan now)
    {
        if (LatencyWatch is { } watch && watch.Drain(now))
        {
            _owner.Breach(this, Latency!, now);
        }
    }

    /// <summary>The canary has nobody to answer: broken at once, without statistics.</summary>
    public void Unavailable(TimeSpan now) => _owner.Unavailable(this, now);

    internal void SetWeight(Weight weight)
    {
        var seen = Word;
        while (!seen.Closed)
        {
            var current = Interlocked.CompareExchange(ref _word, seen.WithWeight(weight.BasisPoints).Bits, seen.Bits);
            if (current == seen.Bits)
            {
                if (weight.BasisPoints > seen.Weight)
                {
                    Errors?.Detector.RaiseLoad();
                    Latency?.Detector.RaiseLoad();
                }

                return;
            }

            seen = new PickWord(current);
        }
    }

    /// <summary>Closes at a weight. Exactly one of several racing callers gets the word as it was; the others null.</summary>
    /// <param name="evenIfClosed">An operator may take the traffic away from a promoted canary.</param>
    internal PickWord? Close(Weight weight, bool evenIfClosed = false)
    {
        var seen = Word;
        while (!seen.Closed || (evenIfClosed && seen.Weight != weight.BasisPoints))
        {
            var current = Interlocked.CompareExchange(ref _word, seen.WithWeight(weight.BasisPoints).WithClosed().Bits, seen.Bits);
            if (current == seen.Bits)
            {
                return seen;
            }

            seen = new PickWord(current);
        }

        return null;
    }
}

/// <summary>An objective and the evidence against it.</summary>
internal sealed record Watch(Objective Objective, DetectorSettings Settings, Detector Detector)
{
    /// <summary>How far to a rollback, 0 to 1. The mass a step starts with is no evidence against anybody yet.</summary>
    public double Meter => Detector.Failures == 0 ? 0 : Detector.Meter;
}
