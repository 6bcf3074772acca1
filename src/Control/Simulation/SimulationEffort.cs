namespace Snapback.Control.Simulation;

/// <summary>How many runs there is time for, unless somebody says how many.</summary>
public static class SimulationEffort
{
    /// <summary>Where a run is short.</summary>
    public const int UsualRuns = 1000;

    // A minute or two on two cores; by what there is to do and not by a clock, so that everybody gets the same numbers.
    private const double MostEvents = 6e8;

    // What a replica costs beside them, and as much as so many of them: its judge and all the times it asks its gates, in each of the scenarios.
    private const double EventsOfReplica = 10_000;

    public static int RunsFor(SimulationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return (int)Math.Clamp(MostEvents / Math.Max(EventsOfRun(request), EventsOfReplicas(request)), 1, UsualRuns);
    }

    /// <summary>There is more to do for the replicas themselves than for what happens on them.</summary>
    internal static bool IsOfReplicas(SimulationRequest request) => EventsOfReplicas(request) > EventsOfRun(request);

    private static double EventsOfReplicas(SimulationRequest request) => request.Traffic.Replicas * EventsOfReplica;

    /// <summary>What a healthy run goes through one by one: time leaps over all but the bad responses, and over none that is compared.</summary>
    internal static double EventsOfRun(SimulationRequest request)
    {
        var setup = new SimulationSetup(request.Plan, request.Judge, request.Traffic, request.Admission);
        return request.Plan.Steps.Sum(step =>
        {
            var rates = Rates.Of(request.Traffic, StepNeeds.ShareOf(step, request.Traffic), step.IsShadow, Scenario.Healthy, broken: false, setup.LatencyLimit);
            var perSecond = (rates.Stable * ((rates.StableFails / request.Traffic.Burst) + rates.StableSlow))
                + (rates.Canary * ((rates.CanaryFails / request.Traffic.Burst) + rates.CanarySlow))
                + (request.Judge.LatencyRatioToStable is null ? 0 : rates.StableGood + rates.CanaryGood);
            return perSecond * Math.Min(StepNeeds.SecondsOf(step, request.Traffic), SimulatedRun.Longest);
        });
    }
}
