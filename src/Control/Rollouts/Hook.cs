using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>An HTTP call at a point of the rollout.</summary>
/// <param name="Timeout">For each attempt to get an answer.</param>
public sealed record Hook(string Name, HookPoint When, Uri Url, TimeSpan Timeout)
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);

    /// <summary>How often it is tried again, with growing pauses, before it counts as down.</summary>
    public int Retries { get; init; }

    /// <summary>From an answer that was not final to the next call.</summary>
    public TimeSpan Interval { get; init; } = DefaultInterval;

    public HookDown OnDown { get; init; } = HookDown.Hold;

    /// <summary>A no is one of the plan's failed checks and is asked again, instead of rolling back at once.</summary>
    public bool FailureCounts { get; init; }

    /// <summary>Sent along as it stands.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>It is only notified: its answer changes nothing.</summary>
    public bool IsTold => When is HookPoint.PostRollout or HookPoint.Event;

    /// <summary>How it is called in findings and sentences.</summary>
    public string Source => $"hook {Name}";

    /// <summary>Where it goes, in sentences: these are read by whoever may look.</summary>
    public Uri ShownUrl => SecretText.Hide(Url);

    public bool Equals(Hook? other) =>
        other is not null
        && (Name, When, Url, Timeout, Retries, Interval, OnDown, FailureCounts) == (
            other.Name, other.When, other.Url, other.Timeout, other.Retries, other.Interval, other.OnDown, other.FailureCounts)
        && Metadata.SequenceEqual(other.Metadata);

    public override int GetHashCode() => HashCode.Combine(Name, When, Url);
}

/// <summary>When a hook is called.</summary>
public enum HookPoint
{
    /// <summary>Before the first weight; a no waits.</summary>
    ConfirmRollout,

    /// <summary>Before the first weight, once it is confirmed; a no rolls back.</summary>
    PreRollout,

    /// <summary>Before a step is left; a no rolls back.</summary>
    Step,

    /// <summary>Right before the weight goes up; a no waits.</summary>
    ConfirmTrafficIncrease,

    /// <summary>Before the promotion; a no waits.</summary>
    ConfirmPromotion,

    /// <summary>Told how it ended.</summary>
    PostRollout,

    /// <summary>Asked all the time while a generation is open; a yes means: roll back now.</summary>
    Rollback,

    /// <summary>Told everything that stands in the history.</summary>
    Event,
}

/// <summary>What follows when a hook does not answer.</summary>
public enum HookDown
{
    /// <summary>The step waits and the hook is called again.</summary>
    Hold,

    /// <summary>The canary is rolled back.</summary>
    Rollback,

    /// <summary>It counts as a yes.</summary>
    Pass,
}
