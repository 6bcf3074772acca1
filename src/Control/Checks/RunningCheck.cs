using Snapback.Control.Rollouts;

namespace Snapback.Control.Checks;

/// <summary>One check in one generation: when it is asked again, and what its answers came to.</summary>
internal sealed class RunningCheck(IntervalCheck check, FailedChecks together)
{
    private readonly IntervalTally _tally = new(check.Rule);
    private TimeSpan? _due;
    private bool _looks;
    private TimeSpan _askedAt;
    private int _asked;
    private long? _goodAt;
    private bool _toldBroken;

    public IntervalCheck Check => check;

    public bool IsBroken => CountsTogether ? together.IsBroken : _tally.IsBroken;

    public OwnResponses Own { get; } = new(check);

    /// <summary>Null before the first answer.</summary>
    public Answer? Last { get; private set; }

    /// <summary>The first of the bad answers that count now, on the monotonic clock: the rollback is timed from there.</summary>
    public TimeSpan? BadSince { get; private set; }

    public Task Asking { get; set; } = Task.CompletedTask;

    /// <summary>One that only notifies must not roll back through the others.</summary>
    private bool CountsTogether => check is { Rule.Kind: IntervalRuleKind.Shared, OnlyNotifies: false };

    private bool IsDone => check.Count is { } count && _asked >= count;

    /// <summary>True when it must be asked now; the next time is one interval after this one, however long the answer takes.</summary>
    public bool IsDue(RolloutSnapshot at, TimeSpan now)
    {
        if (!Asking.IsCompleted || IsDone || !check.IsAskedAt(at.Status))
        {
            return false;
        }

        // The canary's own responses need an interval to happen in.
        var isFirst = _due is null;
        _due ??= now + (check.Source is CheckSource.Responses && check.Delay < check.Interval ? check.Interval : check.Delay);
        if (check.Source is CheckSource.Responses own && !_looks && now >= _due - (own.Window ?? check.Interval))
        {
            _looks = true;
            // Before the first step there was nothing, and its first moments belong to it.
            if (!isFirst || at.Status.Step > 1)
            {
                Own.Begin(own, at.Generation, now);
            }
        }

        if (now < _due)
        {
            return false;
        }

        _due = now + check.Interval;
        _askedAt = now;
        return true;
    }

    /// <param name="visit">Of the step in which it was asked: what comes when that was left is no answer in the next one.</param>
    /// <param name="at">What holds now.</param>
    public void Take(Answer answer, long visit, RolloutSnapshot at, TimeSpan now)
    {
        // Without a weight, or while it stands still, nobody expects traffic.
        if (answer.Kind == AnswerKind.Nothing && check.NoDataFails && at.Status.Weight > Weight.Zero && at.Status.Phase.Climbs())
        {
            answer = answer with { Kind = AnswerKind.Bad };
        }

        Last = answer;
        _goodAt = answer.Kind == AnswerKind.Good ? visit : null;
        if (answer.Kind is not (AnswerKind.Good or AnswerKind.Bad))
        {
            // No measurement: it is asked again soon, and a number of measurements is still owed.
            _due = now + TimeSpan.FromTicks(Math.Min(check.Interval.Ticks, TimeSpan.FromSeconds(10).Ticks));
            return;
        }

        _asked++;
        _tally.Add(answer.Kind == AnswerKind.Bad);
        BadSince = _tally.Failures == 0 ? null : BadSince ?? now;
        if (answer.Kind == AnswerKind.Bad && CountsTogether)
        {
            together.Add(_askedAt, check.Interval);
        }

        _toldBroken &= IsBroken;
    }

    /// <summary>What the gate is told; null if it is not asked: the check only notifies, or begins at a later step.</summary>
    public Finding? Finding(RolloutSnapshot at, TimeSpan now)
    {
        if (!check.HoldsAt(at.Status.Step))
        {
            return null;
        }

        var isGood = !IsBroken && (IsDone || (check.Count is null && _goodAt == at.Visit));
        var state = isGood ? FindingState.Pass : IsBroken ? FindingState.Fail : FindingState.Wait;
        return new Finding(check.FindingSource, at.Status.Generation, state, Told(now, at.Visit), at.Status.Step)
        {
            IsTrouble = Last is { Kind: not AnswerKind.Good },
        };
    }

    /// <summary>True once: a rule that stays broken is told when it breaks.</summary>
    public bool TellsBroken() => !_toldBroken && (_toldBroken = true);

    /// <summary>Why it rolls back.</summary>
    public string Broken() => $"{Last!.Value.Of(check.Name)}; {Failed()}";

    private string Told(TimeSpan now, long visit)
    {
        var next = _due is { } due && due > now ? $"in {Durations.Format(TimeSpan.FromSeconds(Math.Ceiling((due - now).TotalSeconds)))}" : "now";
        return Last switch
        {
            null => $"{check.Name} is asked {next}",
            { Kind: AnswerKind.Bad } bad => $"{bad.Of(check.Name)}; {Failed()}; asked again {next}",
            { Kind: AnswerKind.Good } good when IsDone || (check.Count is null && _goodAt == visit) => good.Of(check.Name),
            { Kind: AnswerKind.Good } good when check.Count is { } count =>
                $"{good.Of(check.Name)}; {_asked} of {count} {Counted.Noun(count, "time")}, asked again {next}",
            { } other => $"{other.Of(check.Name)}; asked again {next}",
        };
    }

    private string Failed() => check.Rule.Kind switch
    {
        IntervalRuleKind.Shared when CountsTogether => together.ToString(),
        IntervalRuleKind.Consecutive => $"{_tally.Failures} of {check.Rule.Failures} failed {Counted.Noun(check.Rule.Failures, "check")} in a row",
        IntervalRuleKind.Shared or IntervalRuleKind.Cumulative =>
            $"{_tally.Failures} of {check.Rule.Failures} failed {Counted.Noun(check.Rule.Failures, "check")} in all",
        _ => $"{_tally.Failures} failed of the last {Counted.Of(Math.Min(_tally.Checks, check.Rule.Of), "check")} " +
            $"({check.Rule.Failures} {(check.Rule.Failures == 1 ? "rolls" : "roll")} back)",
    };
}
