namespace Snapback.Control.Rollouts;

public enum VerdictState
{
    /// <summary>Enough was seen in this step and the evidence is below its threshold.</summary>
    Pass,

    /// <summary>The step has not seen the responses its gate asks for.</summary>
    NotEnough,

    /// <summary>An objective is broken: rolled back by it, or frozen because automatic rollback is off.</summary>
    Breach,
}

/// <summary>What the judge says now.</summary>
/// <param name="Evidence">How far to a rollback, 0 to 1; the highest of all objectives.</param>
public sealed record Verdict(VerdictState State, double Evidence, string Explanation)
{
    public static Verdict Of(RolloutSnapshot at)
    {
        var (plan, status, generation, progress) = at;
        if (status.Rollback is { Authority: Authority.Judge } rollback)
        {
            return new Verdict(VerdictState.Breach, 1, rollback.Explanation);
        }

        var watches = generation.Watches;
        var evidence = watches.Length == 0 ? 0 : watches.Max(watch => watch.Meter);
        var needed = at.Step?.Requests ?? 1;
        var state = status.Phase == RolloutPhase.Frozen ? VerdictState.Breach
            : progress.Responses < needed ? VerdictState.NotEnough
            : VerdictState.Pass;
        var sentence = watches.Length == 0 ? "No generation is open." : string.Join(" ", watches.Select(JudgeSentences.Seen));
        return new Verdict(state, evidence, state == VerdictState.Breach && status.Reason is { } reason ? reason : sentence);
    }
}
