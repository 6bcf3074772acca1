using System.Collections.Immutable;
using System.Net;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Forwarding;

/// <summary>How requests are forwarded: which peers are believed, which paths pass, and by which forwarder.</summary>
/// <param name="TrustedProxies">Peers whose X-Forwarded headers are believed.</param>
/// <param name="PassEncodedSlashes">A path with %2F or %5C is passed on instead of refused. Routes see these as ordinary characters.</param>
/// <param name="Lean">The lean forwarder takes the requests that it can.</param>
internal sealed record ForwardingSettings(ImmutableArray<IPNetwork> TrustedProxies, bool PassEncodedSlashes, bool Lean = false)
{
    /// <summary>
    /// How old a connection to a destination gets before the next request opens a new one: a name may lead elsewhere by then, and a Service of
    /// Kubernetes gives pods that came later nothing but new connections. Infinite for no limit.
    /// </summary>
    public TimeSpan ConnectionAge { get; init; } = TimeSpan.FromMinutes(5);

    public const string ProxiesKey = "TrustedProxies";
    public const string SlashesKey = "EncodedSlashes";
    public const string ForwarderKey = "Forwarder";
    public const string AgeKey = "ConnectionAge";

    public static readonly ForwardingSettings Default = new([], false);

    /// <param name="section">The <c>Snapback</c> section.</param>
    /// <param name="problems">Gets a sentence for every invalid network, unknown choice and wrong duration.</param>
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

        var settings = new ForwardingSettings(Networks.Read(section, ProxiesKey, problems), slashes == "pass", forwarder == "lean");
        switch (section[AgeKey])
        {
            case null:
                return settings;
            case "off":
                return settings with { ConnectionAge = Timeout.InfiniteTimeSpan };
            case { } text when Durations.TryParse(text, out var age):
                return settings with { ConnectionAge = age };
            case { } text:
                problems.Add(
                    $"Snapback:{AgeKey}: '{text}' is not a duration. Write one such as 5m (the default) or 90s, 20 days at most, or off for no limit.");
                return settings;
        }
    }

    public bool Trusts(IPAddress? peer) => Networks.Contain(TrustedProxies, peer);
}
