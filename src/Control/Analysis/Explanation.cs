using static System.FormattableString;

namespace Snapback.Control.Analysis;

/// <summary>Why a version was rolled back, in an operator's words: what was seen, what was allowed, how sure.</summary>
public static class Explanation
{
    /// <summary>For a success-rate objective.</summary>
    public static string OfErrors(Alarm alarm)
    {
        ArgumentNullException.ThrowIfNull(alarm);
        return Tell(alarm, "failed", $"allowed {Exact(alarm.Settings.Budget)}");
    }

    /// <summary>For a latency objective; its quantile is 1 - budget.</summary>
    /// <param name="alarm">The alarm.</param>
    /// <param name="limit">Slower than this was bad.</param>
    public static string OfLatency(Alarm alarm, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(alarm);
        var budget = alarm.Settings.Budget;
        var quantile = Invariant($"p{(1 - budget) * 100:0.####}");
        var slow = Invariant($"took longer than {limit.TotalMilliseconds:0.###} ms");
        return Tell(alarm, slow, $"a {quantile} limit allows {Exact(budget)}");
    }

    private static string Tell(Alarm alarm, string verb, string allowed)
    {
        var (responses, failures, _) = alarm.Stretch;
        var share = Rounded(responses > 0 ? (double)failures / responses : 0);
        return Invariant($"Rolled back {alarm.Version} ({alarm.WeightBefore} → 0%): ")
            + Invariant($"{failures:N0} of its last {responses:N0} requests {verb} ({share}; {allowed}). ")
            + Invariant($"A canary exactly at the limit would look this bad in fewer than 1 of {1 / alarm.Settings.Alpha:N0} ")
            + Invariant($"starts (evidence {alarm.Level:N0} : 1).")
            + OfStable(alarm.Stable, verb);
    }

    private static string OfStable(StableCounts? stable, string verb) => stable switch
    {
        null => "",
        { Responses: 0 } => " Stable had no requests in the same stretch.",
        { } counts => Invariant($" Stable in the same stretch: {counts.Failures:N0} of {counts.Responses:N0} {verb}."),
    };

    // A budget of 0.01 % must not read as 0.0 %, and 1 - 0.995 must not read as 0.5000000000000004 %.
    private static string Exact(double share) => Invariant($"{share * 100:0.######}%");

    // Below 10 % whole per cents could not tell a broken limit from a kept one.
    private static string Rounded(double share) =>
        share < 0.1 ? Invariant($"{share * 100:0.##}%") : Invariant($"{share * 100:0}%");
}
