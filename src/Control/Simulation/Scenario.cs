using System.Collections.Immutable;

namespace Snapback.Control.Simulation;

/// <summary>What happens to the canary, or to both arms.</summary>
public enum Fault
{
    /// <summary>Nothing: the false-rollback probability.</summary>
    None,

    /// <summary>A share of the canary's requests fails at random.</summary>
    Errors,

    /// <summary>One pod of the canary's five is dead; round robin, so every fifth request fails.</summary>
    DeadPod,

    /// <summary>The canary takes longer by a factor.</summary>
    Slow,

    /// <summary>The canary never answers.</summary>
    Hang,

    /// <summary>One user repeats a request that no version can answer.</summary>
    RetryStorm,

    /// <summary>Both arms fail together for a while.</summary>
    Outage,
}

/// <summary>One thing that may happen.</summary>
/// <param name="Name">For people; the same in tables and in JSON.</param>
/// <param name="Rate">Share of the canary's requests that fail; for <see cref="Fault.Errors"/>.</param>
public sealed record Scenario(string Name, Fault Fault, double Rate = 0)
{
    public const int Pods = 5;
    public const double SlowerBy = 2;

    /// <summary>Some clients give up after a few retries, some go on for half a minute; these are the patient ones.</summary>
    public const int Retries = 20;
    public const double RetryEvery = 0.25;

    /// <summary>Longer than the judge watches before it withdraws the canary as a precaution.</summary>
    public const double OutageSeconds = 30;

    public static readonly Scenario Healthy = new("healthy", Fault.None);

    /// <summary>A mild, a clear and a hard break; what most rollouts die of lies between the first two.</summary>
    public static readonly ImmutableArray<double> DefaultRates = [0.01, 0.02, 0.05, 0.2, 1];

    /// <summary>Whose fault it is: one that is not the canary's must not be blamed on it.</summary>
    public bool IsCanarys => Fault is Fault.Errors or Fault.DeadPod or Fault.Slow or Fault.Hang;

    /// <summary>The harm is in the waiting: users of slow answers count as victims.</summary>
    public bool HurtsByLatency => Fault is Fault.Slow or Fault.Hang;

    /// <param name="rates">Failure rates of a bad canary, each in (0, 1].</param>
    public static ImmutableArray<Scenario> All(IEnumerable<double> rates) =>
    [
        .. rates.Distinct().Order().Select(rate => new Scenario(FormattableString.Invariant($"{rate * 100:0.####}% bad"), Fault.Errors, rate)),
        new("one dead pod of five", Fault.DeadPod, 1.0 / Pods),
        new("latency doubled", Fault.Slow),
        new("hang", Fault.Hang),
        new("retry storm of one client", Fault.RetryStorm),
        new("common outage", Fault.Outage, 1),
    ];
}
