using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Tests.Forwarding;

internal static class Forwarders
{
    /// <summary>YARP's, or with SNAPBACK_FORWARDER=lean the other one for every test that names none.</summary>
    public static ForwardingSettings Default { get; } = ForwardingSettings.Default with
    {
        Lean = Environment.GetEnvironmentVariable("SNAPBACK_FORWARDER") == "lean",
    };

    public static ForwardingSettings Lean { get; } = ForwardingSettings.Default with { Lean = true };
}
