using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>What is true now. Immutable and swapped whole, so that a rollback cannot race a step.</summary>
public sealed record RolloutStatus
{
    public required string Name { get; init; }

    /// <summary>When a plan of this name was first given; tells it from one that was deleted.</summary>
    public DateTimeOffset Created { get; init; }

    public RolloutPhase Phase { get; init; }

    /// <summary>The canary's share of the requests.</summary>
    public Weight Weight { get; init; }

    /// <summary>1-based; 0 before the first, and for a generation opened by setting a weight.</summary>
    public int Step { get; init; }

    /// <summary>One attempt; closed by rollback or promotion.</summary>
    public long Generation { get; init; }

    /// <summary>Commits inside the generation, for compare-and-set.</summary>
    public long Revision { get; init; }

    /// <summary>How many plans were given, the one that holds among them; null where only versions that did not count have written.</summary>
    public long? Plans { get; init; }

    /// <summary>The version in the canary arm; null until the first start names one.</summary>
    public string? Version { get; init; }

    public string? StableVersion { get; init; }

    /// <summary>When phase, step or weight last changed, on the wall clock.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Hold of the current step already served before a pause.</summary>
    public TimeSpan Held { get; init; }

    /// <summary>The weight was set by hand: the ladder waits for an advance.</summary>
    public bool Manual { get; init; }

    /// <summary>After a promotion the arms change roles: the plan's stable cluster then plays the canary.</summary>
    public bool Swapped { get; init; }

    /// <summary>Who gave the last command; "judge" or "snapback" for the product itself.</summary>
    public string? By { get; init; }

    /// <summary>Why the last command was given, or why it froze.</summary>
    public string? Reason { get; init; }

    /// <summary>The breach that was told in this step; null if there was none.</summary>
    public string? Warning { get; init; }

    /// <summary>Given for the current step; null if nobody has.</summary>
    public Approval? Approval { get; init; }

    /// <summary>Who says that this member of a group may go up, "snapback" for its own gate; null while it may not.</summary>
    public string? ReadyBy { get; init; }

    /// <summary>Frozen because stable fails too, and not because automatic rollback is off.</summary>
    public bool Shared { get; init; }

    /// <summary>Null unless the last generation was rolled back.</summary>
    public Rollback? Rollback { get; init; }

    /// <summary>Versions that were rolled back and may not start again without a retry; newest last, at most 100.</summary>
    public ImmutableArray<string> RefusedVersions { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Flags of promoted generations: on for everybody, until that generation is rolled back. Newest last, at most 100.</summary>
    public ImmutableArray<ReleasedFlag> ReleasedFlags { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>For sentences: a generation that a weight by hand opened need not have a version.</summary>
    public string NamedVersion() => Version is null ? "an unnamed version" : $"version '{Version}'";

    /// <summary>
    /// When it became this: a store may be told long after it, and what only moved behind another commit is the change that it was.
    /// </summary>
    public DateTimeOffset ChangedAt(RolloutStatus before, DateTimeOffset now) =>
        Since != before.Since || before with { Revision = Revision, Rollback = Rollback } == this ? Since : now;

    public bool HasReleased(string? flag) => ReleasedFlags.Any(released => released.Name == flag);

    /// <summary>
    /// A rollback dominates whatever it has not heard of; a plan that was given later than the one it came with stays. All other commits
    /// have heard of it, and bring their plan along; so does a rollout of the same name that was made anew.
    /// </summary>
    public bool PlanOutlasts(RolloutStatus dominating) =>
        dominating.Phase == RolloutPhase.RolledBack && Created == dominating.Created && Plans > dominating.Plans;

    public static RolloutStatus New(string name, DateTimeOffset now) => new() { Name = name, Created = now, Since = now, Plans = 0 };
}
