using System.Globalization;
using System.Text;

namespace Snapback.Control.Rollouts;

/// <summary>
/// The order in which two views of one rollout are merged: higher generation, then RolledBack, then higher revision. A
/// join (commutative, associative, idempotent), so that lost, doubled or reordered messages do no harm. Two replicas may make the
/// same revision at the same moment, each by itself; then the more careful one wins, everywhere the same.
/// </summary>
public static class StatusOrder
{
    public static bool Dominates(RolloutStatus candidate, RolloutStatus current) =>
        string.CompareOrdinal(Key(candidate), Key(current)) > 0;

    public static RolloutStatus Merge(RolloutStatus left, RolloutStatus right) => Dominates(right, left) ? right : left;

    /// <summary>The place in the order as text that sorts by its bytes, so that a store can compare without knowing what a status is.</summary>
    public static string Key(RolloutStatus status)
    {
        var rolledBack = status.Phase == RolloutPhase.RolledBack;
        var record = rolledBack ? status.Rollback : null;
        var (closed, lowered) = (rolledBack ? 1 : 0, Weight.Whole - status.Weight.BasisPoints);
        var earliness = DateTimeOffset.MaxValue.Ticks - (record?.At.UtcTicks ?? 0);
        var replica = Convert.ToHexStringLower(Encoding.UTF8.GetBytes(record?.Replica ?? ""));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{status.Generation:D19}.{closed}.{status.Revision:D19}.{lowered:D5}.{Caution(status.Phase)}." +
            $"{earliness:D19}.{status.Since.UtcTicks:D19}.{replica}");
    }

    /// <param name="key">As <see cref="Key"/> made it.</param>
    /// <returns>0 for what is no key.</returns>
    public static long GenerationOf(string key) => Part(key, 0);

    /// <inheritdoc cref="GenerationOf"/>
    public static long RevisionOf(string key) => Part(key, 2);

    private static long Part(string key, int index) =>
        key.Split('.') is { Length: > 2 } parts
            && long.TryParse(parts[index], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;

    private static int Caution(RolloutPhase phase) => phase switch
    {
        RolloutPhase.RolledBack => 4,
        RolloutPhase.Frozen => 3,
        RolloutPhase.Paused => 2,
        RolloutPhase.Idle => 1,
        _ => 0,
    };
}
