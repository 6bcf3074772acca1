using System.Collections.Immutable;
using System.Net;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Forwarding;

/// <summary>How requests are forwarded: which peers are believed, which paths pass, and by which forwarder.</summary>
/// <param name="TrustedProxies">Peers whose X-Forwarded headers are believed.</param>
/// <param name="PassEncodedSlashes">A path with %2F or %5C is passed on instead of refused. Routes see these as ordinary characters.</param>
/// <param name="Lean">The lean forwarder takes the requests that it can.</param>
internal sealed record ForwardingSettings(ImmutableArray<IPNetwork> TrustedProxies, bool PassEncodedSlashes, bool Lean = false)
{
    public const string ProxiesKey = "TrustedProxies";
    public const string SlashesKey = "EncodedSlashes";
    public const string ForwarderKey = "Forwarder";

    public static readonly ForwardingSettings Default = new([], false);

    /// <param name="section">The <c>Snapback</c> section.</param>
    /// <param name="problems">Gets a sentence for every invalid network and every unknown choice.</param>
    public static ForwardingSettings Read(IConfigurationSection section, List<string> problems)
    {
        var slashes = section[SlashesKey];
        if (slashes is not (null or "refuse" or "pass"))
        {
            problems.Add($"Snapback:{SlashesKey}: '{slashes}' is not known. Known are refuse (the default) and pass.");
        }

        var forwarder = section[ForwarderKey];
        if (forwarder is not (null or "yarp" or "lean"))
        {
            problems.Add($"Snapback:{ForwarderKey}: '{forwarder}' is not known. Known are yarp (the default) and lean.");
        }

        return new ForwardingSettings(Networks.Read(section, ProxiesKey, problems), slashes == "pass", forwarder == "lean");
    }

    public bool Trusts(IPAddress? peer) => Networks.Contain(TrustedProxies, peer);
}
