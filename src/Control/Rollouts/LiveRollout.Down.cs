using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>The way down: whatever lowers the rollout, or stops its climb, on the thread that found out.</summary>
public sealed partial class LiveRollout
{
    /// <summary>Memory first: weight 0 and the generation closed, on this thread. Null if there was nothing to roll back.</summary>
    public RolloutStatus? RollBack(
        string trigger,
        string sentence,
        Authority authority,
        string by,
        string? reason,
        bool blamesVersion = true,
        TimeSpan? since = null) =>
        RollBackUntold(trigger, sentence, authority, by, reason, blamesVersion, since) is var (before, after) ? Tell(before, after) : null;

    private (RolloutStatus Before, RolloutStatus After)? RollBackUntold(
        string trigger, string sentence, Authority authority, string by, string? reason, bool blamesVersion, TimeSpan? since)
    {
        var started = Now().Monotonic;
        var generation = _generation;
        if (_status.Phase is RolloutPhase.Idle or RolloutPhase.RolledBack || Close(generation, evenIfClosed: true) is not { } closed)
        {
            return null;
        }

        return RecordUntold(generation, closed, started, record => record with
        {
            Trigger = trigger,
            Explanation = sentence,
            Authority = authority,
            By = by,
            Reason = reason,
            BlamesVersion = blamesVersion,
            Took = record.Took + (since < started ? started - since.Value : TimeSpan.Zero),
        });
    }

    /// <summary>The judge is certain that the canary ends, and has not found the reasons yet. Under its lock, so this does nothing else.</summary>
    /// <returns>True if it was this call that lowered it: a ruling follows, and <see cref="Breach"/> records it.</returns>
    internal bool Lower(Generation generation)
    {
        if (!ReferenceEquals(generation, _generation) || !_status.Phase.IsOpen() || !RollsBack || Close(generation) is not { } closed)
        {
            return false;
        }

        generation.Closed = closed;
        return true;
    }

    private bool RollsBack => _switches.AutoRollback && _plan.OnBreach == OnBreach.Rollback;

    /// <summary>The judge's ruling, on the thread of the deciding response.</summary>
    /// <param name="now">When the response was classified; the decision's time runs from there.</param>
    internal void Breach(Generation generation, Ruling ruling, TimeSpan now)
    {
        if (ruling.Lowered)
        {
            Record(generation, generation.Closed, ruling, now);
            return;
        }

        var acts = ruling.EndsCanary && RollsBack;
        if (!ReferenceEquals(generation, _generation) || !_status.Phase.IsOpen() || (_status.Phase == RolloutPhase.Frozen && !acts))
        {
            return;
        }

        if (!ruling.EndsCanary)
        {
            Freeze(generation, Told(generation, ruling, wasRolledBack: false), shared: true);
        }
        else if (!_switches.AutoRollback)
        {
            Freeze(
                generation,
                JudgeSentences.Unprotected(
                    JudgeSentences.Trigger(_plan, ruling.Cause), Told(generation, ruling, wasRolledBack: false)),
                shared: false);
        }
        else if (_plan.OnBreach == OnBreach.Freeze)
        {
            Freeze(
                generation,
                JudgeSentences.FrozenByPlan(
                    JudgeSentences.Trigger(_plan, ruling.Cause), Told(generation, ruling, wasRolledBack: false)),
                shared: false);
        }
        else if (_plan.OnBreach == OnBreach.Notify)
        {
            Warn(generation, ruling);
        }
        else if (Close(generation) is { } closed)
        {
            Record(generation, closed, ruling, now);
        }
    }

    /// <summary>Weight 0, and with it the end of the decision's time; null if it was closed before.</summary>
    private Closing? Close(Generation generation, bool evenIfClosed = false) =>
        generation.Close(Weight.Zero, evenIfClosed) is { } word ? new Closing(word, Now()) : null;

    /// <summary>Apart, since its closure is made where it begins, and the weight goes to 0 before anything is made.</summary>
    private void Record(Generation generation, Closing closed, Ruling ruling, TimeSpan now)
    {
        Record(generation, closed, now, record => JudgeRecord.Of(record, _plan, ruling, Told(generation, ruling, wasRolledBack: true), now));
        if (ruling.Provisional)
        {
            generation.Doubt(ruling, now);
        }
    }

    /// <summary>
    /// Stable broke the same budget soon after: the fault was common to both. The canary stays at 0, its version may start again.
    /// </summary>
    internal void Exonerate(Generation generation)
    {
        const string sentence = "Stable broke its budget too within the next seconds: the version is not to blame and may start again.";
        lock (_lock)
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

    private string Told(Generation generation, Ruling ruling, bool wasRolledBack)
    {
        var sentence = JudgeSentences.Of(_plan, _status, generation.Settings!, ruling, Now(), wasRolledBack);
        return generation.Details.Sentence() is { } places ? $"{sentence} {places}" : sentence;
    }

    internal void Unavailable(Generation generation, TimeSpan now, bool isConfigured)
    {
        var sentence = isConfigured
            ? "The canary has no available destination; its requests went to stable."
            : $"The canary's cluster '{(generation.Swapped ? _plan.Stable : _plan.Canary)}' is not in the configuration any more; its requests went to stable.";
        if (!_switches.AutoRollback || _plan.OnBreach != OnBreach.Rollback)
        {
            if (_status.Phase != RolloutPhase.Frozen)
            {
                Freeze(generation, sentence, shared: false);
            }
        }
        else if (ReferenceEquals(generation, _generation) && Close(generation) is { } closed)
        {
            Record(generation, closed, now, record => record with { Trigger = "unavailable", Explanation = sentence });
        }
    }

    private void Record(Generation generation, Closing closed, TimeSpan started, Func<Rollback, Rollback> describe)
    {
        var (before, after) = RecordUntold(generation, closed, started, describe);
        Tell(before, after);
    }

    private (RolloutStatus Before, RolloutStatus After) RecordUntold(
        Generation generation, Closing closed, TimeSpan started, Func<Rollback, Rollback> describe)
    {
        var (word, decided) = closed;
        generation.CallBack();
        var record = describe(new Rollback
        {
            Trigger = "operator",
            Explanation = "",
            Authority = Authority.Judge,
            By = "judge",
            Replica = _replica,
            At = decided.Wall,
            Plans = _status.Plans,
            WeightBefore = new Weight(word.Weight),
            DecisionMicros = Math.Round((decided.Monotonic - started).TotalMicroseconds, 1),
            SequenceAtDecision = word.Sequence,
            InFlightAtDecision = word.InFlight,
            Deadline = _plan.Rollback.Deadline,
            FailuresAtDecision = generation.CanaryFailures,
            Shielded = generation.CanaryShielded,
            Victims = Victims(generation),
            Exposure = generation.Exposed(decided),
        });

        lock (_lock)
        {
            var before = _status;
            var transition = Transitions.Apply(_plan, before, new RolloutCommand.RollBack(record), TimeSpan.Zero, decided.Wall);
            var after = transition.Next ?? before;
            _closedHere = generation;
            Apply_NeedsLock(after, decided.Monotonic);
            return (before, after);
        }
    }

    /// <summary>A check or a burn rate broke and nothing is pulled for it: what the judge's own breach would lead to then.</summary>
    /// <param name="number">A late finding on an older generation says nothing about this one.</param>
    public void Hold(long number, string trigger, string sentence)
    {
        var generation = _generation;
        var seen = $"Seen: {sentence}";
        if (generation.Number != number || !_status.Phase.IsOpen() || _status.Phase == RolloutPhase.Frozen)
        {
            return;
        }

        if (!_switches.AutoRollback)
        {
            Freeze(generation, JudgeSentences.Unprotected(trigger, seen), shared: false);
        }
        else if (_plan.OnBreach == OnBreach.Freeze)
        {
            Freeze(generation, JudgeSentences.FrozenByPlan(trigger, seen), shared: false);
        }
        else if (_status.Warning is null)
        {
            Stop(generation, new RolloutCommand.Warn(JudgeSentences.ToldByPlan(trigger, seen)));
        }
    }

    /// <summary>A burn rate fires of which both arms have their part: frozen whatever the plan says, as by the judge.</summary>
    /// <param name="number">A late finding on an older generation says nothing about this one.</param>
    public void HoldBoth(long number, string sentence)
    {
        var generation = _generation;
        if (generation.Number == number && _status.Phase.IsOpen() && _status.Phase != RolloutPhase.Frozen)
        {
            Freeze(generation, sentence, shared: true);
        }
    }

    /// <summary>Once a step: every later bad response would say the same.</summary>
    private void Warn(Generation generation, Ruling ruling)
    {
        if (_status.Warning is null)
        {
            Stop(
                generation,
                new RolloutCommand.Warn(
                    JudgeSentences.ToldByPlan(
                        JudgeSentences.Trigger(_plan, ruling.Cause), Told(generation, ruling, wasRolledBack: false))));
        }
    }

    private void Freeze(Generation generation, string sentence, bool shared) => Stop(generation, new RolloutCommand.Freeze(sentence, shared));

    private void Stop(Generation generation, RolloutCommand command)
    {
        lock (_lock)
        {
            var transition = Transitions.Apply(_plan, _status, command, Progress_NeedsLock(Now().Monotonic).Served, Now().Wall);
            if (!ReferenceEquals(generation, _generation) || transition.Next is not { } stopped)
            {
                return;
            }

            Apply_NeedsLock(stopped, Now().Monotonic);
        }

        _loweredHere(this);
    }
}
