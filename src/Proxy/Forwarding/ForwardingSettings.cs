using System.Collections.Immutable;
using System.Net;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Forwarding;

/// <summary>Whom to believe, and which paths to pass.</summary>
/// <param name="TrustedProxies">Peers whose word on the client's address, scheme and host is taken.</param>
/// <param name="PassEncodedSlashes">A path with %2F or %5C goes on as it is; it was routed with these as letters.</param>
/// <param name="Lean">What can go the short way to its upstream goes it.</param>
internal sealed record ForwardingSettings(ImmutableArray<IPNetwork> TrustedProxies, bool PassEncodedSlashes, bool Lean = false)
{
    public const string ProxiesKey = "TrustedProxies";
    public const string SlashesKey = "EncodedSlashes";
    public const string ForwarderKey = "Forwarder";

    public static readonly ForwardingSettings Default = new([], false);

    /// <param name="section">Of the product's own settings.</param>
    /// <param name="problems">Takes every entry that is no network and every word that is no choice.</param>
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
