using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>Something that is asked for at an interval while a generation is open, and a rule on its failures.</summary>
/// <param name="Name">The trigger's name in records.</param>
public sealed record IntervalCheck(string Name, CheckSource Source, CheckCondition Condition)
{
    /// <summary>What its findings are called.</summary>
    public string FindingSource => $"check {Name}";

    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>From the beginning of <see cref="From"/> to the first time it is asked.</summary>
    public TimeSpan Delay { get; init; }

    public IntervalRule Rule { get; init; } = IntervalRule.First;

    /// <summary>An answer without a value is a failed one, while the canary has a weight.</summary>
    public bool NoDataFails { get; init; }

    /// <summary>Times it is asked in a generation; null for as long as it is open.</summary>
    public int? Count { get; init; }

    /// <summary>1-based step from which it is asked; 0 for before the first.</summary>
    public int From { get; init; } = 1;

    /// <summary>Somebody is told and nothing is rolled back.</summary>
    public bool OnlyNotifies { get; init; }

    /// <summary>False if it is not asked often enough for its rule.</summary>
    public bool CanBreak => Rule.Kind == IntervalRuleKind.Shared || Count is not { } count || count >= Rule.Failures;

    /// <summary>A weight set by hand is no step of the ladder: what waits for a later one then waits for an advance.</summary>
    public bool IsAskedAt(RolloutStatus status) => status.Step >= From || (status.Manual && From == 1);

    /// <summary>The step is not left without a good answer.</summary>
    public bool HoldsAt(int step) => !OnlyNotifies && step >= From;
}

/// <summary>Where a check's value comes from.</summary>
public abstract record CheckSource
{
    private CheckSource()
    {
    }

    /// <summary>The canary's own responses of the last interval or window: success rate in per cent, or a latency quantile in ms.</summary>
    /// <param name="Quantile">In (0, 1); null for the success rate.</param>
    public sealed record Responses(double? Quantile) : CheckSource
    {
        /// <summary>How far back it looks; null for its interval.</summary>
        public TimeSpan? Window { get; init; }

        /// <summary>"success-rate" or "p95".</summary>
        public string Metric => Quantile is { } quantile ? Objective.QuantileName(quantile) : "success-rate";
    }

    /// <param name="Query">PromQL.</param>
    /// <param name="Provider">Its section under <c>Snapback:Providers</c> of the configuration.</param>
    /// <param name="Address">Wins over the provider's; null for that.</param>
    public sealed record Prometheus(string Query, string Provider, Uri? Address, TimeSpan Timeout) : CheckSource
    {
        /// <summary>Of the configuration; read when there is no <see cref="Address"/>.</summary>
        public string AddressKey => $"Snapback:Providers:{Provider}:Address";
    }

    /// <param name="JsonPath">Into the answer; null for all of it.</param>
    /// <param name="Body">Sent with POST; null for none.</param>
    public sealed record Web(
        Uri Url,
        string Method,
        string? Body,
        string? JsonPath,
        ImmutableSortedDictionary<string, string> Headers,
        TimeSpan Timeout) : CheckSource
    {
        /// <summary>By value: plans are compared.</summary>
        public bool Equals(Web? other) => other is not null
            && (Url, Method, Body, JsonPath, Timeout) == (other.Url, other.Method, other.Body, other.JsonPath, other.Timeout)
            && Headers.SequenceEqual(other.Headers);

        public override int GetHashCode() => HashCode.Combine(Url, Method, Body, JsonPath, Timeout);
    }
}

/// <summary>
/// What a value must be. Limits are inclusive, and every series of a vector must keep them. Of two expressions the failure wins; what
/// is neither success nor failure is no answer; with a failure alone everything else is good (as in Argo).
/// </summary>
public sealed record CheckCondition(double? Min, double? Max, string? Success = null, string? Failure = null);
