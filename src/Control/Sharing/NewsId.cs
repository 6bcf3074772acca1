using System.Globalization;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>
/// Names what happened, as an idempotency key: the same on every replica that made it happen in the same moment and after every restart,
/// so that whoever hears of it twice can tell.
/// </summary>
public static class NewsId
{
    public static string Of(RolloutStatus status, string kind, DateTimeOffset at) => string.Create(
        CultureInfo.InvariantCulture, $"{Rollout(status)}{status.Generation}{Moment(status, kind, at)}/{kind}");

    /// <summary>False where a rollout of the same name, that was deleted since, made it happen.</summary>
    public static bool IsOf(RolloutStatus status, string id) => id.StartsWith(Rollout(status), StringComparison.Ordinal);

    /// <summary>Deleted and made again, a rollout counts its generations anew.</summary>
    private static string Rollout(RolloutStatus status) =>
        string.Create(CultureInfo.InvariantCulture, $"{status.Name}/{status.Created.ToUnixTimeMilliseconds()}/");

    private static string Moment(RolloutStatus status, string kind, DateTimeOffset at) => kind switch
    {
        // Once per generation, at whatever revision each replica saw it.
        "rolled-back" or "promoted" or "exonerated" or "deadline-missed" => "",
        // These change no status, and may come again.
        "check-down" or "hook-down" or "check-broken" or "burning" or "drilled" or "drill-failed" =>
            string.Create(CultureInfo.InvariantCulture, $".{status.Revision}.{at.ToUnixTimeMilliseconds()}"),
        _ => string.Create(CultureInfo.InvariantCulture, $".{status.Revision}"),
    };
}
