using System.Text.Json;
using Snapback.Control.Analysis;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing.Fleet;

namespace Snapback.Control.Admin;

/// <summary>A rollout as the admin API shows it; one instant, one JSON object.</summary>
internal static class RolloutView
{
    public static object Of(LiveRollout live, ControlPlane plane)
    {
        var (now, switches) = (Moment.Now(plane.Time), plane.Switches);
        var at = live.Snapshot(now.Monotonic);
        var (plan, status, generation, _, _) = at;
        var verdict = Verdict.Of(at);
        return new
        {
            name = status.Name,
            phase = status.Phase.ToString(),
            weight = at.Weight.Percent,
            step = status.Step,
            steps = plan.Steps.Length,
            generation = status.Generation,
            revision = status.Revision,
            version = status.Version,
            stableVersion = status.StableVersion,
            since = status.Since,
            created = status.Created,
            nextGate = NextGate(live, at, Gate.Of(at, switches, now.Wall)),
            group = plan.Group,
            readyBy = status.ReadyBy,
            approval = status.Approval,
            warning = status.Warning,
            manual = status.Manual,
            swapped = status.Swapped,
            by = status.By,
            reason = status.Reason,
            owner = plan.Owner,
            arms = new { stable = Of(generation, Arm.Stable), canary = Of(generation, Arm.Canary) },
            verdict = new
            {
                state = verdict.State.ToString(),
                evidence = Math.Round(verdict.Evidence, 4),
                explanation = verdict.Explanation,
                proof = Proof.Of(at),
            },
            flags = live.Flags.Select(flag => new { name = flag.Name, enabled = flag.Enabled, share = flag.Share.Percent }),
            shadow = plan.Shadow is null ? null : ShadowView.Of(generation, plan.ShadowAt(status)),
            failureDetails = Of(generation.Details),
            burnRates = generation.BurnRates.Select(burn => new
            {
                window = Durations.Format(burn.Window),
                stable = Math.Round(burn.Stable, 2),
                canary = Math.Round(burn.Canary, 2),
            }),
            rollback = status.Rollback is { } record ? Of(record) : null,
            fleet = plane.FleetOf(status.Name) is { } others ? Of(others, generation.All) : null,
            refusedVersions = status.RefusedVersions,
            switches = new
            {
                autoRollback = switches.AutoRollback,
                autoAdvance = switches.AutoAdvance,
                stickyArms = switches.StickyArms,
                shield = switches.Shield,
                shadow = switches.Shadow,
                overrides = switches.Overrides,
            },
            store = plane.Store.Trouble,
            givenPlan = GivenPlan(live.Board?.Given.Of(plan.Name), plan),
            plan = JsonSerializer.Deserialize<JsonElement>(PlanWriter.ToJson(PlanSecrets.Hide(plan))),
        };
    }

    private static string? GivenPlan(RolloutPlan? given, RolloutPlan plan) =>
        given is null || ReferenceEquals(given, plan) || PlanWriter.ToJson(given) == PlanWriter.ToJson(plan)
            ? null
            : "The plan given at this replica's start differs from the stored one, which holds; 'snapback apply' changes it.";

    /// <summary>A rollout in a list: what a glance needs, and no figures.</summary>
    /// <param name="withheld">The canary gets nothing here, whatever the status says.</param>
    public static object Short(RolloutStatus status, RolloutPlan plan, bool withheld) => new
    {
        name = status.Name,
        phase = status.Phase.ToString(),
        weight = status.Weight.Percent,
        copied = plan.ShadowAt(status).Percent,
        withheld,
        step = status.Step,
        steps = plan.Steps.Length,
        generation = status.Generation,
        revision = status.Revision,
        version = status.Version,
        stableVersion = status.StableVersion,
        since = status.Since,
        created = status.Created,
        owner = plan.Owner,
        group = plan.Group,
        warning = status.Warning,
        reason = status.Reason,
        rolledBack = status.Rollback?.Explanation,
    };

    private static string NextGate(LiveRollout live, RolloutSnapshot at, Gate own)
    {
        if (at.Generation.IsAheadOf(at.Status))
        {
            return "rolled back; the record is being written";
        }

        string[] holds = at.Status.Phase.IsOpen() && live.Board is { } board ? [.. RolloutGroup.Holds(board, at.Plan, at.Status)] : [];
        var sentence = at.Status.ReadyBy is { } by and not "snapback" ? $"ready by {by}" : own.Sentence;
        var ofGroup = holds.Length == 0 ? "" : $"group '{at.Plan.Group}' waits for {string.Join(", ", holds)}";
        return string.Join("; ", new[] { sentence, ofGroup }.Where(part => part.Length > 0));
    }

    /// <summary>What the judge sees, objective by objective.</summary>
    public static object EvidenceOf(LiveRollout live, TimeSpan now)
    {
        var at = live.Snapshot(now);
        var verdict = Verdict.Of(at);
        return new
        {
            name = at.Status.Name,
            generation = at.Status.Generation,
            state = verdict.State.ToString(),
            evidence = Math.Round(verdict.Evidence, 4),
            explanation = verdict.Explanation,
            sensitivity = at.Plan.Sensitivity.ToString(),
            objectives = ObjectivesOf(at),
            failureDetails = Of(at.Generation.Details),
        };
    }

    /// <summary>How each rule of the judge stands.</summary>
    public static IEnumerable<object> ObjectivesOf(RolloutSnapshot at) => ObjectiveEvidence.Of(at).Select(one => new
    {
        name = one.Name,
        responses = one.Responses,
        bad = one.Bad,
        allowed = one.Allowed,
        limitMs = one.Limit.TotalMilliseconds,
        level = one.Level,
        threshold = one.Threshold,
        evidence = Math.Round(one.Meter, 4),
        explanation = one.Sentence,
    });

    /// <summary>Of this replica's canary; the sentence only where a place stands out.</summary>
    private static object Of(FailureDetails details) => new
    {
        sentence = details.Sentence(),
        places = details.Read().Select(place => new
        {
            by = place.Kind,
            key = place.Key,
            failures = place.Failures,
            sharePercent = Math.Round(place.Share * 100, 1),
            ofRequestsPercent = Math.Round(place.RequestShare * 100, 1),
            telling = place.IsTelling,
        }),
    };

    private static object Of(Generation generation, Arm arm)
    {
        var stats = generation[arm];
        return new
        {
            requests = stats.Requests,
            failures = stats.Failures,
            slow = stats.Slow,
            shielded = stats.Shielded,
            hedged = stats.Hedged,
            neutral = stats.Neutral,
            forced = stats.Forced,
            inFlight = generation.InFlight(arm),
            successRate = Math.Round(stats.SuccessRate, 3),
            p50Ms = Quantile(stats, 0.5),
            p95Ms = Quantile(stats, 0.95),
            p99Ms = Quantile(stats, 0.99),
            p50Interval = Interval(stats, 0.5),
            p95Interval = Interval(stats, 0.95),
            p99Interval = Interval(stats, 0.99),
        };
    }

    /// <summary>Where the quantile lies, at 95 % confidence whenever one looks; a high end of null is "not enough".</summary>
    private static object Interval(ArmStats stats, double q)
    {
        var (lower, upper) = QuantileInterval.Of(stats.Latency, q);
        return new
        {
            lowMs = Math.Round(lower.TotalMilliseconds, 2),
            highMs = upper is { } high ? Math.Round(high.TotalMilliseconds, 2) : (double?)null,
        };
    }

    private static double Quantile(ArmStats stats, double q) => Math.Round(stats.Latency.Quantile(q)?.TotalMilliseconds ?? 0, 2);

    private static object Of(FleetState fleet, Tally? counted) => new
    {
        heard = fleet.IsHeard,
        silentMs = Math.Round(fleet.Silence.TotalMilliseconds),
        withheld = fleet.IsWithheld,
        newer = fleet.IsNewer,
        foreign = fleet.IsForeign,
        leads = fleet.Leads,
        counted = counted is { } all
            ? new
            {
                stable = new { good = all.StableGood, bad = all.StableBad, fast = all.StableFast, slow = all.StableSlow },
                canary = new
                {
                    good = all.CanaryGood,
                    bad = all.CanaryBad,
                    fast = all.CanaryFast,
                    slow = all.CanarySlow,
                    shielded = all.CanaryShielded,
                },
            }
            : null as object,
        replicas = fleet.Replicas.OrderBy(replica => replica.Name, StringComparer.Ordinal).Select(replica => new
        {
            name = replica.Name,
            version = replica.Version,
            generation = replica.Generation,
            revision = replica.Revision,
            lagMs = Math.Round(fleet.LagMs(replica), 2),
            silentMs = replica.SilentMs,
        }),
        away = fleet.Away
            .OrderBy(replica => replica.Name, StringComparer.Ordinal)
            .Select(replica => new { name = replica.Name, version = replica.Version, silentMs = replica.SilentMs }),
    };

    private static object Of(Rollback record) => new
    {
        trigger = record.Trigger,
        explanation = record.Explanation,
        blamesVersion = record.BlamesVersion,
        observed = record.Observed is { } observed ? Math.Round(observed, 2) : (double?)null,
        limit = record.Limit is { } limit ? Math.Round(limit, 4) : (double?)null,
        requests = record.Requests,
        failures = record.Failures,
        authority = record.Authority.ToString().ToLowerInvariant(),
        by = record.By,
        reason = record.Reason,
        replica = record.Replica,
        at = record.At,
        weightBefore = record.WeightBefore.Percent,
        decisionMicros = record.DecisionMicros,
        sequenceAtDecision = record.SequenceAtDecision,
        canaryAfterDecision = record.CanaryAfterDecision,
        inFlightAtDecision = record.InFlightAtDecision,
        failuresAtDecision = record.FailuresAtDecision,
        shielded = record.Shielded,
        victims = record.Victims,
        spreadMs = record.SpreadMs,
        takenBack = record.TakenBack,
        exposure = record.Exposure,
        cut = record.Cut,
        deadlineMs = record.Deadline.TotalMilliseconds,
        tookMs = Math.Round(record.Took.TotalMilliseconds, 1),
    };
}
