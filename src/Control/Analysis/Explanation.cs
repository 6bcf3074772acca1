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
        return Tell(alarm, Slow(limit), $"a {quantile} limit allows {Exact(budget)}");
    }

    /// <summary>For any ruling; empty if nothing is asked for.</summary>
    /// <exception cref="ArgumentException">The ruling is of a rule that the settings switch off.</exception>
    public static string Of(Case told)
    {
        ArgumentNullException.ThrowIfNull(told);
        return told.Ruling.Cause switch
        {
            Cause.None => "",
            Cause.Errors when told.Settings.Errors is { } budget => OfErrors(told.AlarmOf(budget)),
            Cause.Latency when told.Settings.Latency is { } budget => OfLatency(told.AlarmOf(budget), told.LatencyLimit),
            Cause.Relative when told.Settings.MaxRatioToStable is { } allowed => OfRelative(told, allowed),
            Cause.RelativeLatency when told.Settings.LatencyRatioToStable is { } allowed => OfRelativeLatency(told, allowed),
            Cause.HarmCap when told.Settings is { HarmCap: { } cap, Errors: { } budget } => OfHarmCap(told, cap, budget.Budget),
            Cause.Consecutive => OfConsecutive(told),
            Cause.Shared => OfShared(told),
            Cause.SharedGraceOver => OfSharedGraceOver(told),
            var cause => throw new ArgumentException($"The settings switch off the rule of {cause}: it cannot rule.", nameof(told)),
        };
    }

    private static string OfRelative(Case told, double allowed)
    {
        var (all, canarys, _) = told.Ruling.Stretch;
        return Head(told)
            + Invariant($"{canarys:N0} of the {Counted.Of(all, "failure")} since {told.Since} hit the canary ")
            + Invariant($"({Rounded(Share(canarys, all))}), which {Gets(told)}: ")
            + Invariant($"{Ratio(told, "stable's failure rate")} (allowed {allowed:0.##}×).");
    }

    private static string OfRelativeLatency(Case told, double allowed)
    {
        var (all, canarys, _) = told.Ruling.Stretch;
        return Head(told)
            + Invariant(
                $"{canarys:N0} of the {Counted.Of(all, "slow response")} since {told.Since} (over stable's p95; the canary's over {allowed:0.##}× that) ")
            + Invariant($"{(canarys == 1 ? "was" : "were")} the canary's ({Rounded(Share(canarys, all))}), ")
            + Invariant($"which {Gets(told)}: ")
            + Invariant($"{Ratio(told, "stable's rate of slow responses")} (allowed 1×).");
    }

    private static string OfHarmCap(Case told, double cap, double budget)
    {
        var (responses, failures, _) = told.Ruling.Stretch;
        return Head(told)
            + Invariant($"it failed {Counted.Of((long)Math.Round(told.Ruling.Level), "request")} more than its allowance of {Exact(budget)} ")
            + Invariant($"({failures:N0} of {responses:N0}); the cap is {cap:0.##}.")
            + OfStable(told.Ruling.Stable, "failed");
    }

    private static string OfConsecutive(Case told) => Head(told)
        + (told.Ruling.Stretch.Failures == 1 ? "its last request failed; " : Invariant($"its last {told.Ruling.Stretch.Failures:N0} requests failed; "))
        + (told.Settings.ConsecutiveFailures == 1 ? "one is enough here." : Invariant($"{told.Settings.ConsecutiveFailures:N0} in a row are enough here."))
        + OfStable(told.Ruling.Stable, "failed");

    private static string OfShared(Case told)
    {
        var capped = !told.Ruling.IsOfLatency && told.Settings.HarmCap is { } cap ? $" or costs {BeyondAllowance(cap)}" : "";
        return $"{OfBoth(told)} Rollout frozen; if this lasts {Grace(told)}{capped}, the canary is withdrawn.";
    }

    private static string OfSharedGraceOver(Case told)
    {
        var since = told.Ruling.IsOfCap && told.Settings.HarmCap is { } cap ? $"cost {BeyondAllowance(cap)}" : $"lasted {Grace(told)}";
        return told.WasRolledBack
            ? $"Withdrew {told.Version} ({told.WeightBefore} → 0%) as a precaution, since it {since}. {OfBoth(told)} It may be tried again."
            : $"Seen: {OfBoth(told)}";
    }

    private static string Grace(Case told) => Invariant($"{told.Settings.SharedGrace.TotalSeconds:0.###} s");

    private static string BeyondAllowance(double cap) => Invariant($"{cap:0.##} failures beyond the canary's allowance");

    // Near a weight of 100 % the coin cannot tell the arms apart even if stable is well.
    private static string OfBoth(Case told)
    {
        var stable = told.Ruling.Stable ?? default;
        var counts = new CoinCounts(told.Ruling.Stretch.Failures, stable.Failures);
        var what = told.Ruling.IsOfLatency ? "slow response" : "failure";
        return stable.Failures == 0
            ? Invariant($"{Counted.Of(counts.Canary, what)} and none of stable's: by chance in ")
                + Invariant($"{Rounded(AttributionGate.Chance(counts, told.Weight))} of {what}s of both at {told.WeightBefore}, ")
                + Invariant($"so not yet blamed on {told.Version}.")
            : told.Ruling.IsOfLatency
                ? Invariant(
                    $"Stable is too slow as well ({stable.Failures:N0} of {stable.Responses:N0} {Slow(told.LatencyLimit)}): not blamed on {told.Version}.")
                : Invariant($"Stable is failing too ({stable.Failures:N0} of {stable.Responses:N0}): not blamed on {told.Version}.");
    }

    private static string Head(Case told) => Head(told.WasRolledBack, told.Version, told.WeightBefore);

    private static string Head(bool wasRolledBack, string version, string weight) =>
        wasRolledBack ? Invariant($"Rolled back {version} ({weight} → 0%): ") : "Seen: ";

    // r̂ = (kc/ks)·(1-w)/w: the odds that the failures show over the odds of the coin.
    private static string Ratio(Case told, string ofWhat)
    {
        var (all, canarys, _) = told.Ruling.Stretch;
        return all == canarys
            ? "stable had none in that time"
            : Invariant($"about {(double)canarys / (all - canarys) * (1 - Drawn(told)) / Drawn(told):0.#}× {ofWhat}");
    }

    // A request in flight is compared at the weight that drew it, and somebody may have set another since: 0 too.
    private static double Drawn(Case told) => told.Ruling.Weight ?? told.Weight;

    private static string Gets(Case told) =>
        told.IsShadow ? "gets copies of the same requests"
        : Drawn(told) == told.Weight ? $"gets only {told.WeightBefore} of the traffic"
        : $"got only {Exact(Drawn(told))} of the traffic";

    private static double Share(long part, long whole) => whole > 0 ? (double)part / whole : 0;

    private static string Tell(Alarm alarm, string verb, string allowed)
    {
        var (responses, failures, _) = alarm.Stretch;
        var share = Rounded(Share(failures, responses));
        return Head(alarm.WasRolledBack, alarm.Version, alarm.WeightBefore)
            + Invariant($"{failures:N0} of its last {Counted.Of(responses, "request")} {verb} ({share}; {allowed}). ")
            + Invariant($"A canary exactly at the limit would look this bad in fewer than 1 of {1 / alarm.Settings.Alpha:N0} ")
            + Invariant($"starts (evidence {alarm.Level:N0} : 1).")
            + OfStable(alarm.Stable, verb);
    }

    private static string Slow(TimeSpan limit) => $"took longer than {LatencyLimit.Of(limit)}";

    private static string OfStable(StableCounts? stable, string verb) => stable switch
    {
        null => "",
        { Responses: 0 } => " Stable had no requests meanwhile.",
        { } counts => Invariant($" Stable meanwhile: {counts.Failures:N0} of {counts.Responses:N0} {verb}."),
    };

    // A budget of 0.01 % must not read as 0.0 %, and 1 - 0.995 must not read as 0.5000000000000004 %.
    private static string Exact(double share) => Invariant($"{share * 100:0.######}%");

    // Below 10 % whole per cents could not tell a broken limit from a kept one, nor near 100 % some from all.
    private static string Rounded(double share) => share is >= 0.1 and < 0.99 ? Invariant($"{share * 100:0}%") : PerCent.Of(share * 100);
}
