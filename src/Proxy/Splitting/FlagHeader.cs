using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Splitting;

/// <summary>
/// The flag's answer for a request's user, told to the upstream: <c>NAME=on</c> or <c>NAME=off</c>. One that a client sends is removed
/// on every route, so that an upstream can believe what it reads.
/// </summary>
internal sealed class FlagHeader
{
    public const string Name = "x-snapback-flag";

    private readonly string _on;
    private readonly string _off;

    private FlagHeader(string flag) => (_on, _off) = ($"{flag}=on", $"{flag}=off");

    /// <summary>Null for a plan without a flag.</summary>
    public static FlagHeader? Of(RolloutPlan plan) => plan.Flag is { } flag ? new FlagHeader(flag) : null;

    public string ValueFor(Arm arm) => arm == Arm.Canary ? _on : _off;
}
