using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Demo;

/// <summary>What happened, counted by the users and by the canary itself, and which promises held.</summary>
internal sealed record DemoReport
{
    public required int Requests { get; init; }

    /// <summary>Users who got no answer or one of 500 and above.</summary>
    public required int Hurt { get; init; }

    /// <summary>Of the hurt, those that stable failed.</summary>
    public required int HurtByStable { get; init; }

    /// <summary>Requests the canary's own log has with a pick number above the one at the decision.</summary>
    public required int CanaryLogAfterDecision { get; init; }

    /// <summary>Requests sent after the rollback was visible, and how many of them stable answered well.</summary>
    public required int SentAfter { get; init; }
    public required int StableAfter { get; init; }

    public required IReadOnlyList<decimal> Climbed { get; init; }

    /// <summary>Requests that took longer than <see cref="LateAfter"/>; the two versions answer at once.</summary>
    public required int Late { get; init; }

    public required double BugToRollbackMs { get; init; }

    public required Rollback? Rollback { get; init; }

    public IReadOnlyList<(string Promise, bool Held)> Promises =>
    [
        ("it climbed 5% → 25% → 50% by itself", Climbed.Take(3).SequenceEqual([5m, 25m, 50m])),
        ("the judge rolled it back, nobody asked", Rollback is { Authority: Authority.Judge }),
        ("0 canary requests were picked after the decision", Rollback is { CanaryAfterDecision: 0 }),
        ("the canary's own log agrees", CanaryLogAfterDecision == 0),
        ("every later request was answered by stable", SentAfter > 0 && StableAfter == SentAfter),
        ("stable failed nobody", HurtByStable == 0),
        ("no user saw a failure: stable answered every request that the canary failed", Hurt == 0 && Rollback is { Victims: 0 }),
        ("the canary failed no more than it took to decide and what was in flight", Rollback is { } r && r.Shielded <= FailuresBound(r)),
        ("within the deadline", Rollback is { } within && within.Took <= within.Deadline),
    ];

    /// <summary>Half of the demo's limit for p95: behind it the judge has a reason of its own.</summary>
    public static readonly TimeSpan LateAfter = DemoPlan.LatencyLimit / 2;

    /// <summary>The machine had no time for the demo, and what broke may be its fault.</summary>
    public bool WasTooBusy => Late > Requests / 20;

    public bool Held => Promises.All(promise => promise.Held);

    /// <summary>Failures before the deciding one, plus whatever was in flight at it, itself included.</summary>
    private static long FailuresBound(Rollback record) => record.FailuresAtDecision - 1 + record.InFlightAtDecision;
}
