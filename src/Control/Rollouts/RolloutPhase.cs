namespace Snapback.Control.Rollouts;

/// <summary>Where a rollout stands; <see cref="Transitions"/> says what may follow what.</summary>
public enum RolloutPhase
{
    /// <summary>No generation was ever opened.</summary>
    Idle,

    /// <summary>A generation is open and has all it needs from the traffic: a person or a confirming hook has the word.</summary>
    Waiting,

    /// <summary>A generation is open and climbs its steps, or stands at a weight set by hand.</summary>
    Progressing,

    /// <summary>An operator stopped the climb; the rollback stays armed.</summary>
    Paused,

    /// <summary>A breach was seen while automatic rollback was off: nothing goes up, someone must decide.</summary>
    Frozen,

    /// <summary>The canary holds 100 % and is still watched.</summary>
    Baking,

    /// <summary>Closed: the canary's version won and keeps the traffic.</summary>
    Promoted,

    /// <summary>Closed: the canary's weight is 0 and its version is refused.</summary>
    RolledBack,
}

/// <summary>Groups of phases that rules are about.</summary>
public static class RolloutPhases
{
    /// <summary>A generation is open: it may still be rolled back.</summary>
    public static bool IsOpen(this RolloutPhase phase) =>
        phase.Climbs() || phase is RolloutPhase.Paused or RolloutPhase.Frozen;

    /// <summary>It goes up by itself when its gate opens.</summary>
    public static bool Climbs(this RolloutPhase phase) => phase is RolloutPhase.Waiting or RolloutPhase.Progressing or RolloutPhase.Baking;
}
