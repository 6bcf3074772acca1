using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>An objective on how fast the canary burns the error budget (multi-window, multi-burn-rate, after the SRE Workbook, chapter 5).</summary>
/// <param name="Budget">1 − SLO, in (0, 1).</param>
/// <param name="MinEvents">Canary responses in a window without which its rule says nothing: in an empty window one failure burns
/// a thousand times too fast.</param>
public sealed record BurnRate(double Budget, ImmutableArray<BurnRule> Rules, int MinEvents)
{
    /// <summary>The trigger's name in records.</summary>
    public const string Name = "burn-rate";

    public const int DefaultMinEvents = 10;

    /// <summary>The Workbook's pairs for paging: 2 % of a month's budget in an hour, 5 % in six.</summary>
    public static readonly ImmutableArray<BurnRule> Workbook =
    [
        new(TimeSpan.FromHours(1), TimeSpan.FromMinutes(5), 14.4, null, OnlyNotifies: false),
        new(TimeSpan.FromHours(6), TimeSpan.FromMinutes(30), 6, null, OnlyNotifies: true),
    ];

    public IEnumerable<TimeSpan> Windows => Rules.SelectMany(rule => rule.Windows).Distinct().Order();

    public bool Equals(BurnRate? other) =>
        other is not null && (Budget, MinEvents) == (other.Budget, other.MinEvents) && Rules.SequenceEqual(other.Rules);

    public override int GetHashCode() => HashCode.Combine(Budget, MinEvents, Rules.Length);
}

/// <summary>Burns too fast: over the window, and over the short one beside it, so that it ends soon after the fire does.</summary>
/// <param name="ShortWindow">Null for none.</param>
/// <param name="Factor">Times as fast as the budget allows; null if only stable is the measure.</param>
/// <param name="RelativeToStable">Times as fast as stable burns it; null to leave stable out.</param>
public sealed record BurnRule(TimeSpan Window, TimeSpan? ShortWindow, double? Factor, double? RelativeToStable, bool OnlyNotifies)
{
    public IEnumerable<TimeSpan> Windows => ShortWindow is { } with ? [Window, with] : [Window];

    /// <summary>False if more than all responses would have to fail.</summary>
    /// <param name="budget">As in <see cref="BurnRate.Budget"/>.</param>
    public bool CanFire(double budget) => Factor is not { } factor || (decimal)factor * (decimal)budget < 1;
}
