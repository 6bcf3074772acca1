using System.Collections.Frozen;

namespace Snapback.Proxy.Forwarding.Lean;

/// <summary>Headers of one hop or one connection: those that YARP removes, in both directions.</summary>
internal static class HopHeaders
{
    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Transfer-Encoding", "Keep-Alive", "Upgrade", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authentication-Info",
        "Proxy-Authorization", "Proxy-Features", "Proxy-Instruction", "Security-Scheme", "ALPN", "Close", "HTTP2-Settings",
        "Upgrade-Insecure-Requests", "TE", "Alt-Svc");

    public static bool Contains(string name) => Names.Contains(name);
}
