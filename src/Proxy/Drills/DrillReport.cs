using System.Globalization;
using System.Text.Json.Serialization;
using Snapback.Control;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Drills;

/// <summary>What a drill measured, and which of the promises held.</summary>
internal sealed record DrillReport
{
    public required string Rollout { get; init; }

    public required string Fault { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string By { get; init; }

    public required string Replica { get; init; }

    /// <summary>The version of Snapback.</summary>
    public required string Product { get; init; }

    /// <summary>SHA-256 of the canonical JSON of the plan that was rehearsed, in hexadecimal.</summary>
    public required string Plan { get; init; }

    /// <summary>The canary's, in per cent.</summary>
    public decimal Weight { get; init; }

    public int RequestsPerSecond { get; init; }

    /// <summary>Requests that the drill sent. No user's request is among them.</summary>
    public int Requests { get; init; }

    /// <summary>Good answers of the canary.</summary>
    public int HealthyAnswers { get; init; }

    /// <summary>Bad canary answers that the decision took.</summary>
    public long FailuresToDecision { get; init; }

    public long InFlightAtDecision { get; init; }

    /// <summary>Canary picks after the decision, as the proxy counts them.</summary>
    public long CanaryAfterDecision { get; init; }

    /// <summary>Requests with a later pick number in the canary's own log.</summary>
    public long CanaryLogAfterDecision { get; init; }

    /// <summary>Requests that were sent after the rollback.</summary>
    public int SentAfter { get; init; }

    /// <summary>How many of <see cref="SentAfter"/> stable answered.</summary>
    public int StableAfter { get; init; }

    /// <summary>Requests that got no answer or one of 500 and above.</summary>
    public int Hurt { get; init; }

    /// <summary>As the twin's proxy classified stable's answers.</summary>
    public long StableFailures { get; init; }

    public long Shielded { get; init; }

    /// <summary>From the deciding response being known to weight 0.</summary>
    public double? DecisionMicros { get; init; }

    /// <summary>From the fault to weight 0, seen from outside.</summary>
    public double? FaultToRollbackMs { get; init; }

    /// <summary>From the first bad response of the deciding stretch to weight 0: the time that is held to the deadline.</summary>
    public double? TookMs { get; init; }

    public required double DeadlineMs { get; init; }

    public string? Explanation { get; init; }

    /// <summary>Why it ended without a rollback; null if there was one.</summary>
    public string? Problem { get; init; }

    public IReadOnlyList<DrillFinding> Findings =>
    [
        new(Problem is null ? "the judge rolled back, nobody asked" : $"no rollback: {Problem}", Problem is null),
        .. Problem is not null ? [] : new DrillFinding[]
        {
            new("no canary request was picked after the decision", CanaryAfterDecision == 0),
            new("the canary's own log agrees", CanaryLogAfterDecision == 0),
            new("every later request was answered by stable", SentAfter > 0 && StableAfter == SentAfter),
            new("stable failed nobody", StableFailures == 0),
            new(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"within the deadline: {TookMs:0.#} ms of {Durations.Format(TimeSpan.FromMilliseconds(DeadlineMs))}"),
                TookMs <= DeadlineMs),
        },
    ];

    public bool Passed => Findings.All(finding => finding.Held);

    /// <summary>For the history and the notifications.</summary>
    [JsonIgnore]
    public string Sentence => Passed
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"Drill ({Fault}) passed: rolled back from {Weight:0.##}% after {Counted.Of(FailuresToDecision, "bad canary request")}, " +
            $"{TookMs:0.#} ms from the first one, of {Durations.Format(TimeSpan.FromMilliseconds(DeadlineMs))} allowed; " +
            $"decided in {DecisionMicros:0.#} µs, {Counted.Of(CanaryAfterDecision, "canary request")} after it.")
        : $"Drill ({Fault}) failed: {string.Join("; ", Findings.Where(finding => !finding.Held).Select(Broken))}";

    private static string Broken(DrillFinding finding) => finding.What.StartsWith("no rollback", StringComparison.Ordinal)
        ? finding.What
        : $"not true that {finding.What}";
}

/// <param name="What">A promise, as a sentence without its full stop.</param>
internal sealed record DrillFinding(string What, bool Held);
