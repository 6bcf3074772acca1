namespace Snapback.Control.Simulation;

/// <summary>What happens per second, and how often it goes wrong, while nothing changes.</summary>
/// <param name="Canary">Canary requests per second.</param>
/// <param name="Stable">Stable requests per second.</param>
/// <param name="CanaryFails">Share that fails.</param>
/// <param name="StableFails">Share that fails.</param>
/// <param name="CanarySlow">Share over the latency limit; 0 without one.</param>
/// <param name="StableSlow">Share over the latency limit; 0 without one.</param>
internal readonly record struct Rates(
    double Canary, double Stable, double CanaryFails, double StableFails, double CanarySlow, double StableSlow)
{
    public double CanaryGood => Canary * (1 - CanaryFails);

    /// <summary>A failure says nothing about latency, unless it was slow.</summary>
    public double CanaryFast => CanaryGood * (1 - CanarySlow);

    public double StableGood => Stable * (1 - StableFails);

    public double StableFast => StableGood * (1 - StableSlow);

    /// <param name="share">Of the requests that the canary sees; stable answers those too if it sees copies.</param>
    public static Rates Of(TrafficModel traffic, double share, bool isShadow, Scenario scenario, bool broken, double limit)
    {
        var healthy = traffic.Healthy;
        var slow = traffic.Latency.ShareOver(limit);
        var well = new Rates(traffic.PerSecond * share, traffic.PerSecond * (isShadow ? 1 : 1 - share), healthy, healthy, slow, slow);
        return !broken ? well : scenario.Fault switch
        {
            Fault.Errors => well with { CanaryFails = scenario.Rate },
            Fault.DeadPod => well with { CanaryFails = scenario.Rate + (1 - scenario.Rate) * healthy },
            Fault.Slow => well with { CanarySlow = traffic.Latency.Times(Scenario.SlowerBy).ShareOver(limit) },
            Fault.Outage => well with { CanaryFails = scenario.Rate, StableFails = scenario.Rate },
            _ => well,
        };
    }
}
