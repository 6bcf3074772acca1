namespace Snapback.Proxy.Commands.Rendering;

/// <summary>A rollout in one line, as every write answers and every log shows it.</summary>
internal static class StatusLine
{
    public static string Of(string name, RolloutView view)
    {
        // A closed or idle rollout has no share to speak of but the one that its phase says.
        var weight = view.Phase is "Promoted" or "Idle" ? "" : $" at {Figures.Percent(view.Weight)}";
        var because = Because(view);
        return $"{name}: {view.Phase}{weight}{(because is null ? "" : $" ({because})")}";
    }

    /// <summary>The step in words; null for a rollout that is on none.</summary>
    public static string? Place(RolloutView view) => view switch
    {
        { IsClosed: true } or { Phase: "Idle" } => null,
        { Manual: true } => "weight set by hand",
        { Step: > 0, Steps: > 0 } => $"step {view.Step} of {view.Steps}",
        _ => null,
    };

    private static string? Because(RolloutView view) => view switch
    {
        { IsRolledBack: true } => Cause(view.Rollback),
        { IsPromoted: true, Version: { } version } => $"version {Figures.ShortVersion(version)}",
        { Phase: "Paused" or "Frozen", Reason: { Length: > 0 } reason } =>
            Place(view) is { } place ? $"{place}; {reason}" : reason,
        _ => Place(view),
    };

    /// <summary>The rollback's trigger and who decided, in one word where both are the same.</summary>
    public static string? Cause(RollbackView? rollback) => rollback switch
    {
        null => null,
        { Trigger: { } trigger } when (rollback.By ?? rollback.Authority) is { } who && who != trigger => $"{trigger}, {By(who)}",
        _ => rollback.Trigger,
    };

    /// <summary>Within a line, who did it: a person by name, and the judge.</summary>
    public static string By(string who) => who == "judge" ? "by the judge" : $"by {who}";
}
