namespace Snapback.Control.Simulation;

/// <summary>The traffic a plan is tried on, before anything breaks. Requests arrive at random (Poisson) and do not wait for answers.</summary>
public sealed record TrafficModel
{
    /// <summary>Requests per second to both arms and all replicas together, above 0.</summary>
    public double PerSecond { get; init; } = 100;

    /// <summary>Failure rate of both arms while they are well, in [0, 1).</summary>
    public double Healthy { get; init; } = 0.001;

    /// <summary>Latency of both arms while they are well.</summary>
    public LatencyModel Latency { get; init; } = new(0.040, 0.120, 0.01);

    /// <summary>Failures come so many at once, at the same rate overall; 1 is one at a time.</summary>
    public int Burst { get; init; } = 1;

    /// <summary>Proxies that share the traffic and know nothing of each other, each with a judge of its own.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>When the canary breaks, in seconds after the start; 0 is a version that was broken from its first request.</summary>
    public double BreaksAfter { get; init; }

    /// <summary>Share of the requests that the shield may replay (GET, HEAD, OPTIONS, or with an Idempotency-Key), in [0, 1].</summary>
    public double Safe { get; init; } = 0.8;

    public TrafficModel OfOneReplica() => this with { PerSecond = PerSecond / Replicas, Replicas = 1 };
}
