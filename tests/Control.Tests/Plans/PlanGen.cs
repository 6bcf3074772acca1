using System.Collections.Immutable;
using CsCheck;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Tests.Plans;

/// <summary>Valid plans.</summary>
internal static class PlanGen
{
    public static readonly Gen<TimeSpan> Duration = Gen.OneOf(
        Gen.Long[1, 20L * 24 * 3_600_000],
        Gen.Long[1, 5000],
        Gen.Long[1, 600].Select(minutes => minutes * 60_000)).Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds));

    private static readonly Gen<string> Id = Gen.OneOf(
        Gen.String[Gen.Char["abcXYZ019-_./:{}[],&*!#|>%@`'\"\\é語"], 1, 12],
        Gen.OneOf("null", "~", "010", "true", "NaN", "- x", "? x", "<<", "😀", "a b", "#x", "5%"));

    private static readonly Gen<string> Token = Gen.String[Gen.Char["abcXYZ019-_.~!"], 1, 12];

    private static readonly Gen<Step> Bake = Gen.Select(
        Duration, Gen.Int[1, 1_000_000_000], (hold, requests) => new Step(Weight.Full, hold, requests));

    private static readonly Gen<ApprovalTerms?> Approval = Id.Array[0, 2].Select(people => new ApprovalTerms([.. people.Distinct()])).Null();

    private static readonly Gen<Step> BelowFull = Gen.Select(
        Gen.Int[1, 9999], Gen.OneOf(Duration, Gen.Const(TimeSpan.Zero)), Gen.Int[1, 100_000], Approval,
        (weight, hold, requests, approval) => new Step(new Weight(weight), hold, requests) { Approval = approval, OnlyReads = requests % 2 == 0 });

    private static readonly Gen<ImmutableArray<Step>> Steps = Gen.Select(
        BelowFull.Array[0, 6], Bake,
        (below, bake) => (ImmutableArray<Step>)[.. below.DistinctBy(step => step.Weight).OrderBy(step => step.Weight), bake]);

    private static readonly Gen<Objective> SuccessRate = Gen.Int[10_000_000, 99_999_900]
        .Select(millionths => new Objective(ObjectiveMetric.SuccessRate, (double)(1 - millionths / 100_000_000m), TimeSpan.Zero));

    private static readonly Gen<Objective> Latency = Gen.Select(
        Gen.Int[500, 999], Duration, (permille, limit) => new Objective(ObjectiveMetric.Latency, (double)(1 - permille / 1000m), limit));

    private static readonly Gen<ImmutableArray<Objective>> Objectives = Gen.Select(
        SuccessRate, Latency, Gen.Int[0, 3],
        (success, latency, which) => which switch
        {
            0 => (ImmutableArray<Objective>)[success],
            1 => [latency],
            2 => [success, latency],
            _ => [latency, success],
        });

    /// <summary>A star in the middle would be noted.</summary>
    private static readonly Gen<string> Value = Id.Where(id => !id.Trim('*').Contains('*'));

    private static readonly Gen<Condition> Condition = Gen.Select(
        Gen.Enum<ConditionKind>(), Token, Value.Array[1, 3], (kind, name, values) => kind switch
    {
        ConditionKind.Flag => new Condition(kind, name, []),
        ConditionKind.Header or ConditionKind.Cookie or ConditionKind.Query or ConditionKind.Claim => new Condition(kind, name, [.. values[1..]]),
        ConditionKind.Cidr => new Condition(kind, "", ["10.0.0.0/8", "2001:db8::1"]),
        ConditionKind.Path => new Condition(kind, "", ["/cart", "/api/**"]),
        ConditionKind.Method => new Condition(kind, "", ["GET"]),
        ConditionKind.All =>
            new Condition(kind, "", [])
            {
                Parts = [new Condition(ConditionKind.Region, "", [.. values]), new Condition(ConditionKind.Header, name, []) { Pattern = "v[0-9]+|\\\"" }],
            },
        _ => new Condition(kind, "", [.. values]),
    });

    private static readonly Gen<Segment> Segment = Condition.Array[0, 3].Array[4].Select(parts =>
        new Segment { All = [.. parts[0]], Any = [.. parts[1]], Never = [.. parts[2]], Always = [.. parts[3]] });

    private static readonly Gen<StickyKey> Sticky = Gen.Select(
        Gen.Enum<StickySource>(), Token, (source, name) => new StickyKey(source, source is StickySource.Ip or StickySource.SignedCookie ? "" : name));

    private static readonly Gen<Hook> Hook = Gen.Select(
        Gen.Select(
            Id,
            Token,
            Duration,
            Gen.Enum<HookPoint>()), Gen.Int[0, 20], Duration, Gen.Enum<HookDown>(),
            Gen.Select(Gen.OneOf("team", "stage", "channel"), Id).Array[0, 2],
        (call, retries, interval, down, metadata) =>
            new Hook(call.Item1, call.Item4, new Uri($"http://host:81/{call.Item2}?q={call.Item2}"), call.Item3)
            {
                Retries = retries,
                Interval = interval,
                OnDown = down,
                Metadata = metadata.DistinctBy(entry => entry.Item1).ToImmutableSortedDictionary(
                    entry => entry.Item1, entry => entry.Item2, StringComparer.Ordinal),
            });

    private static readonly Gen<double> Ratio = Gen.Int[1000, 1_000_000].Select(thousandths => (double)(thousandths / 1000m));

    private static readonly Gen<int?> Count = Gen.OneOf(Gen.Int[1, 1_000_000], Gen.Int[1, 60]).Nullable();

    private static readonly Gen<JudgeTerms> Judge = Gen.OneOf(Gen.Const(JudgeTerms.Default), Gen.Select(
        Count, Count, Ratio.Nullable(), Ratio.Nullable(), Gen.Bool, Count, Count,
        (admission, harmCap, ratio, latencyRatio, attribution, inARow, warmUp) => new JudgeTerms
        {
            Admission = admission,
            HarmCap = harmCap,
            MaxRatioToStable = ratio,
            MaxLatencyRatioToStable = latencyRatio,
            Attribution = attribution,
            ConsecutiveFailures = inARow,
            WarmUp = warmUp,
        }));

    private static readonly Gen<ShieldTerms?> Shield = Gen.OneOf(
        Gen.Const((ShieldTerms?)null), Gen.Const<ShieldTerms?>(ShieldTerms.Default), Gen.Select(
        Gen.OneOf("GET", "HEAD", "OPTIONS", "PUT", "DELETE").Array[1, 5], Gen.Int[1, 16 * 1024 * 1024], Gen.Int[1, 10_000], Gen.Bool,
        (methods, body, budget, header) => (ShieldTerms?)new ShieldTerms
        {
            Methods = [.. methods.Distinct()],
            MaxBody = body,
            Budget = budget / 10_000d,
            Header = header,
        }));

    private static readonly Gen<GateTerms> Gates = Gen.Select(
        Gen.Enum<NoData>(), Gen.Enum<ProofDemand>(), Duration.Nullable(),
        (noData, proof, wait) => new GateTerms { OnNoData = noData, Proof = proof, MaxWait = wait });

    private static readonly Gen<Schedule> Schedule = Gen.Select(
        Gen.OneOf("UTC", "Europe/Berlin", "America/New_York"), Gen.Enum<DayOfWeek>().Array[0, 3], Gen.Int[0, 1438],
        Gen.Int[1, 700], Gen.Select(Gen.Int[0, 9999], Gen.Int[0, 40]).Array[0, 2],
        (zone, days, from, length, frozen) => new Schedule(
            TimeZoneInfo.FindSystemTimeZoneById(zone),
            [.. days.Distinct()],
            TimeOnly.MinValue.AddMinutes(from),
            from + length >= 1440 ? TimeOnly.MaxValue : TimeOnly.MinValue.AddMinutes(from + length),
            [.. frozen.Select(span => (new DateOnly(2020, 1, 1).AddDays(span.Item1), new DateOnly(2020, 1, 1).AddDays(span.Item1 + span.Item2)))]));

    public static readonly Gen<RolloutPlan> Plan = Gen.Select(
        Gen.Select(Id, Id.Array[0, 3], Steps, Objectives, Gen.Enum<Sensitivity>(), Gen.Enum<LatencyKind>()),
        Gen.Select(Id.Array[1, 3], Duration, Id.Null(), Sticky.Array[0, 3], Hook.Array[0, 3], Judge, Shield),
        Gen.Select(Gates, Gen.Enum<OnBreach>(), Schedule.Null()),
        Segment,
        (what, terms, gates, segment) => new RolloutPlan
        {
            Name = "payments-1",
            Stable = what.Item1,
            Canary = what.Item1 + "-canary",
            Routes = [.. what.Item2.Distinct(StringComparer.OrdinalIgnoreCase)],
            Steps = what.Item3,
            Objectives = what.Item4,
            Sensitivity = what.Item5,
            Latency = what.Item6,
            Rollback = new RollbackTerms(
                [.. terms.Item1.Distinct()],
                TimeSpan.FromTicks(Math.Min(terms.Item2.Ticks, TimeSpan.TicksPerDay)))
            {
                Drain = terms.Item2.Milliseconds % 2 == 0 ? null : terms.Item2,
            },
            Owner = terms.Item3,
            Group = terms.Item3,
            // Whoever has no signed cookie gets one: nothing may stand behind it.
            Sticky = [.. terms.Item4.Distinct().OrderBy(key => key.Source == StickySource.SignedCookie)],
            Bucketing = terms.Item4.Length > 1 ? Bucketing.FeatureManagement : Bucketing.Fast,
            BucketSeed = terms.Item4.Length > 2 ? "allocation\nflag" : null,
            Hooks = [.. terms.Item5.DistinctBy(hook => hook.Name, StringComparer.OrdinalIgnoreCase)],
            Segment = segment,
            Gates = gates.Item1,
            OnBreach = gates.Item2,
            Promotion = terms.Item5.DistinctBy(
                hook => hook.Name, StringComparer.OrdinalIgnoreCase).Any(hook => hook.When == HookPoint.ConfirmPromotion)
                ? PromotionKind.Handback
                : PromotionKind.Swap,
            Schedule = gates.Item3,
            Judge = what.Item4.Any(objective => objective.Metric == ObjectiveMetric.SuccessRate)
                ? terms.Item6
                : terms.Item6 with { ConsecutiveFailures = null },
            Shield = terms.Item7,
        });
}
