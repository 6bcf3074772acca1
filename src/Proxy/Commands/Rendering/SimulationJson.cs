using System.Text.Encodings.Web;
using System.Text.Json;
using Snapback.Control.Simulation;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>A simulation for scripts: shares in [0, 1], times in seconds, null for what never happened.</summary>
internal static class SimulationJson
{
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Of(SimulationReport report) => JsonSerializer.Serialize(
        new
        {
            plan = report.Request.Plan.Name,
            traffic = new
            {
                rps = report.Request.Traffic.PerSecond,
                healthy = report.Request.Traffic.Healthy,
                p50Ms = report.Request.Traffic.Latency.P50 * 1000,
                p95Ms = report.Request.Traffic.Latency.P95 * 1000,
                slow = report.Request.Traffic.Latency.SlowShare,
                safe = report.Request.Traffic.Safe,
                burst = report.Request.Traffic.Burst,
                replicas = report.Request.Traffic.Replicas,
                admission = report.Request.Admission,
                breaksAfter = report.Request.Traffic.BreaksAfter,
            },
            runs = report.Request.Runs,
            seed = report.Request.Seed,
            healthy = new
            {
                falseRollback = Of(report.Healthy.RolledBack),
                trigger = report.Healthy.MostOften.ToString(),
                frozen = report.Healthy.Frozen,
                promotionSeconds = report.Healthy.Promotion,
            },
            faults = report.Faults.Select(fault => new
            {
                name = fault.Scenario.Name,
                rate = fault.Scenario.Rate,
                notRun = fault.NotRun,
                rolledBack = fault.Ended is { } ended ? Of(ended) : null,
                blamed = fault.Blamed is { } blamed ? Of(blamed) : null,
                inFirstStep = fault.EndedInFirstStep,
                trigger = fault.MostOften.ToString(),
                responses = fault.Responses,
                seconds = fault.Seconds,
                victims = fault.Scenario.IsCanarys ? fault.Victims : null,
                victimsWithShield = fault.Scenario.IsCanarys ? fault.VictimsWithShield : null,
                victimsWithoutAdmission = fault.Scenario.IsCanarys ? fault.VictimsWithoutWindow : null,
            }),
            steps = report.Steps.Select(step => new
            {
                weight = step.Step.Weight.Percent,
                shadow = step.Step.IsShadow ? step.Step.Shadow.Percent : (decimal?)null,
                seconds = step.Seconds,
                canaryPerSecond = step.CanaryPerSecond,
                responses = step.Responses,
                finds = step.Finds,
            }),
            firesWithin = report.FiringTable,
            provedBy = report.ProofTable,
            warnings = report.Warnings,
        },
        Readable);

    public static string Of(SimulateRecords replayed) => JsonSerializer.Serialize(
        new
        {
            plan = replayed.Plan.Name,
            record = replayed.File,
            lines = replayed.Record.Responses.Length,
            lost = replayed.Record.Lost,
            badLines = replayed.Record.Bad,
            firstBadLine = replayed.Record.FirstBad,
            stableLines = replayed.Stable?.Responses.Length,
            stableBadLines = replayed.Stable?.Bad,
            stableFirstBadLine = replayed.Stable?.FirstBad,
            seconds = replayed.Report.Seconds,
            weight = replayed.Report.Weight,
            canary = replayed.Report.Canary,
            stable = replayed.Report.Stable,
            nearest = replayed.Report.Nearest,
            sharedAt = replayed.Report.SharedAt,
            rollback = replayed.Report.End is { } end
                ? new
                {
                    trigger = end.Ruling.Cause.ToString(),
                    blamed = end.Ruling.BlamesCanary,
                    line = end.Line,
                    seconds = end.Seconds,
                    response = end.Response,
                    failure = end.Failure,
                    slow = end.SlowOnes,
                    laterFailures = end.LaterFailures,
                    explanation = end.Sentence,
                }
                : null,
        },
        Readable);

    private static object Of(Proportion share) => new
    {
        count = share.Count,
        of = share.Of,
        share = share.Share,
        low = share.Low,
        high = share.High,
    };
}
