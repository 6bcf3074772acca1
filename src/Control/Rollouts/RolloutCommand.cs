namespace Snapback.Control.Rollouts;

/// <summary>What somebody wants to happen to a rollout.</summary>
public abstract record RolloutCommand(string By, string? Reason)
{
    /// <summary>Opens a generation with a new version at the first step.</summary>
    public sealed record Start(string Version, string By, string? Reason = null) : RolloutCommand(By, Reason);

    /// <summary>Opens a generation with the version that was rolled back; needs a reason.</summary>
    public sealed record Retry(string By, string? Reason) : RolloutCommand(By, Reason);

    /// <summary>To the next step, or past the bake; in a group, ready for it.</summary>
    /// <param name="WithGroup">Every member may: only who has looked at all of them says so.</param>
    public sealed record Advance(string By, string? Reason = null, bool WithGroup = false) : RolloutCommand(By, Reason);

    /// <summary>Ready no more to go up with the group.</summary>
    public sealed record Withdraw(string Why) : RolloutCommand("snapback", Why);

    /// <summary>The step has all it needs but somebody's word.</summary>
    /// <param name="For">What is waited for, as a sentence.</param>
    public sealed record Await(string For) : RolloutCommand("snapback", For);

    /// <summary>A person lets the step pass.</summary>
    public sealed record Approve(string By, string? Reason, TimeSpan Validity) : RolloutCommand(By, Reason);

    public sealed record Pause(string By, string? Reason = null) : RolloutCommand(By, Reason);

    public sealed record Resume(string By, string? Reason = null) : RolloutCommand(By, Reason);

    /// <summary>To 100 % and closed, whatever steps are left.</summary>
    public sealed record Promote(string By, string? Reason = null) : RolloutCommand(By, Reason);

    /// <summary>A weight by hand; opens a manual generation if none is open.</summary>
    public sealed record SetWeight(Weight Weight, string? Version, string By, string? Reason = null) : RolloutCommand(By, Reason);

    /// <summary>A breach that nobody is pulled back for: automatic rollback is off, or both arms fail.</summary>
    public sealed record Freeze(string Explanation, bool Shared = false) : RolloutCommand("judge", Explanation);

    /// <summary>A breach that the plan only wants to be told of.</summary>
    public sealed record Warn(string Explanation) : RolloutCommand("judge", Explanation);

    /// <summary>A rollback that was decided before stable failed too: the version was not to blame.</summary>
    public sealed record Exonerate(string Explanation) : RolloutCommand("judge", Explanation);

    /// <summary>Weight 0 and the generation closed; applies in every phase.</summary>
    public sealed record RollBack(Rollback Record) : RolloutCommand(Record.By, Record.Reason);
}
