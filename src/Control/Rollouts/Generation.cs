using System.Collections.Immutable;
using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>
/// One attempt of a rollout as the request path sees it: the pick word and the evidence. A generation that was closed stays
/// closed for ever: a request that still holds it can only be sent to stable, and its late results count without judging.
/// </summary>
public sealed partial class Generation
{
    private readonly LiveRollout _owner;
    private readonly AdmissionWindow _admission;
    private readonly int _warmUp;
    private readonly LatencyWatch? _canaryLatency;
    private readonly LatencyWatch? _stableLatency;
    private long _word;
    private volatile Doubt? _doubt;

    /// <param name="before">The rollout's generation until now, or the trial that this one takes over from; null for the first
    /// since the start.</param>
    internal Generation(LiveRollout owner, RolloutStatus status, RolloutPlan plan, TimeSpan began, Generation? before = null)
    {
        _owner = owner;
        _lower = () => owner.Lower(this);
        _admission = new AdmissionWindow(plan.Judge.Admission);
        _warmUp = plan.Judge.WarmUp ?? 0;
        Number = status.Generation;
        _admission.Restart(Place, began);
        Swapped = status.Swapped;
        IsShadow = plan.ShadowAt(status) > Weight.Zero;
        var trial = before?.Number == status.Generation ? before : null;
        Copies = trial?.Copies ?? new ShadowCounts(owner.Copies);
        Differences = trial?.Differences ?? new ShadowDifferences();
        SetCopied(plan.ShadowAt(status));
        FailedChecks = trial?.FailedChecks ?? new FailedChecks(plan.FailedChecks ?? int.MaxValue);
        _pickedBefore = before?.Picked ?? 0;
        _replays = plan.Shield is { } shield ? new ReplayBudget(shield.Budget, before?._replays) : null;
        if (status.Phase.IsOpen())
        {
            Objectives = plan.Objectives;
            Settings = PlanJudge.SettingsFor(plan);
            Judge = new Judge(Settings);
            Pool = new EvidencePool(Judge, began);
            if (plan.Find(ObjectiveMetric.Latency) is { } latency)
            {
                _stableLatency = new LatencyWatch(Judge, Arm.Stable, latency.Limit, Stable, _admission, owner.Stalls);
                _canaryLatency = new LatencyWatch(Judge, Arm.Canary, latency.Limit, Canary, _admission, owner.Stalls, _stableLatency, _warmUp);
            }
        }

        var word = default(PickWord).WithWeight(status.Weight.BasisPoints);
        if (trial is not null)
        {
            // One numbering for all picks of a generation. What was rolled back in the same instant stays so.
            word = trial.Retire() is { } was ? word with { Bits = word.Bits | was.Sequence } : default(PickWord).WithClosed();
        }

        _word = (status.Phase.IsOpen() ? word : word.WithClosed()).Bits;
    }

    public long Number { get; }

    /// <summary>The plan's stable cluster plays the canary.</summary>
    public bool Swapped { get; }

    /// <summary>What it is, or was, judged by: once it has ended, the plan may have others.</summary>
    public ImmutableArray<Objective> Objectives { get; } = [];

    public ArmStats Stable { get; } = new();
    public ArmStats Canary { get; } = new();

    /// <summary>What the plan's checks and hooks count together.</summary>
    public FailedChecks FailedChecks { get; }

    /// <summary>As last sampled; empty if its plan watches no error budget.</summary>
    public ImmutableArray<BurnFigure> BurnRates { get; set; } = [];

    /// <summary>Who met the canary; testers left out.</summary>
    public ExposureLedger Exposure { get; } = new();

    public PickWord Word => new(Volatile.Read(ref _word));

    /// <summary>Null for a generation that was closed when it was loaded: there is nothing to judge.</summary>
    internal Judge? Judge { get; }
    internal JudgeSettings? Settings { get; }

    /// <summary>
    /// Rolled back, and the status does not say so yet: whoever decided writes down why as the next thing, which takes milliseconds where that was
    /// never done before and has to be compiled.
    /// </summary>
    public bool IsAheadOf(RolloutStatus status) =>
        Number == status.Generation && Word is { Closed: true, Weight: 0 } && (status.Phase.IsOpen() || status.Weight > Weight.Zero);

    public ArmStats this[Arm arm] => arm == Arm.Canary ? Canary : Stable;

    public int InFlight(Arm arm) => arm == Arm.Canary ? Word.InFlight : Stable.InFlight;

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

    /// <summary>The request's clock starts; null if the plan has no latency objective, or nobody judges any more.</summary>
    public LatencyTicket? Dispatch(Pick pick, TimeSpan now)
    {
        if (!pick.IsEvidence || (Word.Closed && _doubt is null))
        {
            return null;
        }

        var ticket = (pick.Arm == Arm.Canary ? _canaryLatency : _stableLatency)?.Dispatch(pick, now);
        _owner.Wake();
        return ticket;
    }

    /// <summary>An arm's time to an answer, for people and for the comparison of both p95s.</summary>
    /// <param name="elapsed">From the request to the answer, without the client's part.</param>
    /// <param name="stalled">This process's part of it.</param>
    public void Measured(Pick pick, TimeSpan elapsed, TimeSpan stalled, TimeSpan now)
    {
        if (!pick.IsEvidence)
        {
            return;
        }

        this[pick.Arm].Latency.Record(elapsed - stalled);
        if (pick.Arm == Arm.Stable)
        {
            // With the stall: of those that both arms had in it at least stable's count as slow, and none of them speaks against the canary.
            Judge?.StableLatency(elapsed, pick.Share, pick.ByCoin);
        }
        else if (Judge is { } judge && pick.Sequence > _warmUp)
        {
            Act(judge.CanaryLatency(elapsed - stalled, now, pick.Share, pick.ByCoin), now);
        }
    }

    /// <summary>The answer is there: good, or, past the limit, slow and judged at once; neither if only a stall took it past the limit.</summary>
    public void Answered(LatencyTicket ticket, TimeSpan now)
    {
        if (IsInTime(ticket, now))
        {
            ticket.ResolveGood();
        }
        else if (IsInTime(ticket, now - _owner.Stalls.Between(ticket.Dispatched, now)))
        {
            ticket.Exclude();
        }
        else
        {
            ticket.Expire();
            Tick(now);
        }
    }

    /// <summary>The request ended without an answer to measure. Past the limit it was slow all the same.</summary>
    public void Excused(LatencyTicket ticket, TimeSpan now)
    {
        if (IsInTime(ticket, now))
        {
            ticket.Exclude();
        }
        else
        {
            Answered(ticket, now);
        }
    }

    /// <summary>Something is open that only a tick ends. An alarm stays after the end of what it was about, and nothing follows from it then.</summary>
    internal bool AwaitsTick =>
        _doubt is not null
            || (Judge is { Alarmed: true } && !Word.Closed)
            || _canaryLatency is { IsEmpty: false }
            || _stableLatency is { IsEmpty: false };

    /// <summary>Commits what has passed the latency limit; called by one timer for all rollouts, and by slow answers.</summary>
    public void Tick(TimeSpan now)
    {
        // Stable's to the end before anything is done: when both arms hang, the canary is judged by somebody who knows that.
        var slow = Slow;
        var ruling = _canaryLatency?.Drain(now) ?? default;
        _stableLatency?.Drain(now);
        Act(Judge?.Confirmed(ruling, now) ?? default, now);
        TellSlow(slow);
        Act(Judge?.Tick(now) ?? default, now);
        _replays?.Sample(Picked, now);
        if (_doubt is { } doubt)
        {
            var exonerates = doubt.Exonerates(now);
            _doubt = exonerates || doubt.IsOver(now) ? null : doubt;
            if (exonerates)
            {
                _owner.Exonerate(this);
            }
        }
    }

    /// <summary>The canary has nobody to answer: broken at once, without statistics.</summary>
    /// <param name="isConfigured">Its cluster is there, with no destination that is healthy; else somebody took it out of the configuration.</param>
    public void Unavailable(TimeSpan now, bool isConfigured = true) => _owner.Unavailable(this, now, isConfigured);

    /// <summary>The rollback was decided while stable had failed nobody, and not yet many of the canary's users: look whether
    /// stable follows.</summary>
    internal void Doubt(Ruling ruling, TimeSpan now)
    {
        _doubt = Judge!.Doubt(ruling, now);
        _owner.Wake();
    }

    internal void SetWeight(Weight weight, TimeSpan now)
    {
        var seen = Word;
        while (!seen.Closed)
        {
            if (weight.BasisPoints > seen.Weight)
            {
                // Before the weight: narrowed too early it costs the canary a request, too late it lets a burst through.
                _admission.Restart(Place, now);
            }

            var current = Interlocked.CompareExchange(ref _word, seen.WithWeight(weight.BasisPoints).Bits, seen.Bits);
            if (current == seen.Bits)
            {
                if (weight.BasisPoints > seen.Weight)
                {
                    Judge?.RaiseLoad();
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

    private bool IsInTime(LatencyTicket ticket, TimeSpan now) => now - ticket.Dispatched - ticket.Held(now) < _canaryLatency!.Limit;
}
