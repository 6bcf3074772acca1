namespace Snapback.Control.Rollouts;

/// <summary>How failed checks are counted.</summary>
public enum IntervalRuleKind
{
    /// <summary>So many failed checks one after the other; a good one begins anew.</summary>
    Consecutive,

    /// <summary>So many failed checks in a generation; a good one changes nothing. This is how Flagger and Argo count.</summary>
    Cumulative,

    /// <summary>So many failed ones among the last so many checks.</summary>
    OutOf,

    /// <summary>So many in a generation over everything that counts together (<see cref="FailedChecks"/>).</summary>
    Shared,
}

/// <summary>When failed checks roll back. A check without an answer counts neither way.</summary>
/// <param name="Failures">At least 1.</param>
/// <param name="Of">For <see cref="IntervalRuleKind.OutOf"/>: the number of checks looked at, at least <paramref name="Failures"/>.</param>
public sealed record IntervalRule(IntervalRuleKind Kind, int Failures, int Of = 0)
{
    public static readonly IntervalRule First = new(IntervalRuleKind.Consecutive, 1);

    /// <summary>As the plan writes it: "5 consecutive", "5 cumulative", "3 of 5".</summary>
    public override string ToString() => Kind switch
    {
        IntervalRuleKind.Consecutive => $"{Failures} consecutive",
        IntervalRuleKind.Cumulative => $"{Failures} cumulative",
        IntervalRuleKind.Shared => "shared",
        _ => $"{Failures} of {Of}",
    };
}

/// <summary>The failed checks of one generation under a rule.</summary>
public sealed class IntervalTally(IntervalRule rule)
{
    private readonly Queue<bool> _last = new();

    /// <summary>Failures that count now.</summary>
    public int Failures { get; private set; }

    public int Checks { get; private set; }

    public bool IsBroken => Failures >= rule.Failures;

    public void Add(bool failed)
    {
        Checks++;
        if (rule.Kind == IntervalRuleKind.OutOf)
        {
            _last.Enqueue(failed);
            Failures += failed ? 1 : 0;
            if (_last.Count > rule.Of && _last.Dequeue())
            {
                Failures--;
            }
        }
        else
        {
            Failures = failed ? Failures + 1 : rule.Kind == IntervalRuleKind.Consecutive ? 0 : Failures;
        }
    }
}
