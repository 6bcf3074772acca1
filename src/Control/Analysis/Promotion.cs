namespace Snapback.Control.Analysis;

/// <summary>The judge's tests read the other way round: whether anything speaks against more traffic, and enough for it.</summary>
internal sealed class Promotion(JudgeSettings settings)
{
    // A share test moves with failures only: one failure of the canary's beside a stable that never fails would lean for ever.
    private const int MinFailures = 2;

    private readonly GoRule? _errors = settings.Errors is { } errors ? new GoRule(errors.Budget) : null;
    private readonly GoRule? _latency = settings.Latency is { } latency ? new GoRule(latency.Budget) : null;

    public Readiness Read(Measure errors, Measure latency, bool alarmed, ReadOnlySpan<ShareTest?> comparisons)
    {
        var leans = errors.Canary.Detector is { Leans: true } || latency.Canary.Detector is { Leans: true };
        foreach (var test in comparisons)
        {
            leans |= test is { Level: >= 1 } && test.OfCanary >= MinFailures;
        }

        var missing = Math.Max(Missing(_errors, errors.Canary), Missing(_latency, latency.Canary));
        return new Readiness(
            StableAlarms: errors.Stable.Alarms || latency.Stable.Alarms,
            alarmed,
            leans,
            Proved: missing == 0,
            missing);
    }

    private static long Missing(GoRule? rule, ArmEvidence arm)
    {
        if (rule is null)
        {
            return 0;
        }

        // In this order: a failure between the two reads must not leave more failures than responses.
        var failures = arm.Failures;
        return Math.Max(0, rule.RequiredResponses(failures) - arm.Responses);
    }
}
