using System.Globalization;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>
/// Names what happened, the same on every replica that made it happen in the same moment and after every restart, so that whoever
/// hears of it twice can tell.
/// </summary>
public static class NewsId
{
    public static string Of(RolloutStatus status, string kind, DateTimeOffset at) => string.Create(
        CultureInfo.InvariantCulture,
        // Deleted and made again, a rollout counts its generations anew.
        $"{status.Name}/{status.Created.ToUnixTimeMilliseconds()}/{status.Generation}{Moment(status, kind, at)}/{kind}");

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
