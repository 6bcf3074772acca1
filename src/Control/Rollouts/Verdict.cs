namespace Snapback.Control.Rollouts;

/// <summary>The judge's opinion of the canary in one word.</summary>
public enum VerdictState
{
    /// <summary>Enough was seen in this step and the evidence is below its threshold.</summary>
    Pass,

    /// <summary>The step has not seen the responses its gate asks for.</summary>
    NotEnough,

    /// <summary>An objective is broken: rolled back by it, or held where it is.</summary>
    Breach,

    /// <summary>Both arms fail: nobody is blamed, nothing goes up.</summary>
    BothBad,
}

/// <summary>What the judge says now.</summary>
/// <param name="Evidence">How far to a rollback, 0 to 1; the highest of all rules.</param>
public sealed record Verdict(VerdictState State, double Evidence, string Explanation)
{
    public static Verdict Of(RolloutSnapshot at)
    {
        var status = at.Status;
        if (status.Rollback is { Authority: Authority.Judge } rollback)
        {
            return new Verdict(StateOf(rollback), rollback.Trigger == Rollback.NoData ? 0 : 1, rollback.Explanation);
        }

        if (status.Phase == RolloutPhase.Frozen)
        {
            return new Verdict(status.Shared ? VerdictState.BothBad : VerdictState.Breach, 1, status.Reason ?? "Frozen.");
        }

        if (status.Phase.IsOpen() && status.Warning is { } warning)
        {
            return new Verdict(VerdictState.Breach, 1, warning);
        }

        var evidence = ObjectiveEvidence.Of(at);
        return new Verdict(
            IsBroken(at) ? VerdictState.Breach : at.Progress.Responses < (at.Step?.Requests ?? 1) ? VerdictState.NotEnough : VerdictState.Pass,
            at.Generation.Judge is { } judge && status.Phase.IsOpen() ? judge.Meter : 0,
            // After its end requests are still counted and no longer judged, so that the sentences' counts would not agree.
            evidence.Count == 0 || !status.Phase.IsOpen() ? "No generation is open."
                : at.Generation.CanaryResponses == 0 ? "No canary response yet."
                : string.Join(" ", evidence.Select(one => one.Sentence)));
    }

    private static VerdictState StateOf(Rollback rollback) =>
        rollback.BlamesVersion ? VerdictState.Breach
        : rollback.Trigger == Rollback.NoData ? VerdictState.NotEnough
        : VerdictState.BothBad;

    /// <summary>The canary still breaks an objective, though the rollout is not frozen any more: an operator resumed it.</summary>
    private static bool IsBroken(RolloutSnapshot at) => at.Status.Phase.IsOpen() && at.Generation.Judge is { Alarmed: true };
}
