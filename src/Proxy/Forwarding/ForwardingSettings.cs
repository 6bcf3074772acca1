using System.Net;
using System.Net.Sockets;

namespace Snapback.Proxy.Forwarding;

/// <summary>Whom to believe, and which paths to pass.</summary>
/// <param name="TrustedProxies">Peers whose word on the client's address, scheme and host is taken.</param>
/// <param name="PassEncodedSlashes">A path with %2F or %5C goes on as it is; it was routed with these as letters.</param>
internal sealed record ForwardingSettings(IReadOnlyList<IPNetwork> TrustedProxies, bool PassEncodedSlashes)
{
    public const string ProxiesKey = "TrustedProxies";
    public const string SlashesKey = "EncodedSlashes";

    public static readonly ForwardingSettings Default = new([], false);

    /// <param name="section">Of the product's own settings.</param>
    /// <param name="problems">Takes every entry that is no network and every word that is no choice.</param>
    public static ForwardingSettings Read(IConfigurationSection section, List<string> problems)
    {
        var networks = new List<IPNetwork>();
        foreach (var text in Texts(section.GetSection(ProxiesKey)))
        {
            if (Parse(text) is { } network)
            {
                networks.Add(network);
            }
            else
            {
                problems.Add($"Snapback:{ProxiesKey}: '{text}' is no address and no network. Use the form 10.0.0.0/8 or 192.0.2.7.");
            }
        }

        var slashes = section[SlashesKey];
        if (slashes is not (null or "refuse" or "pass"))
        {
            problems.Add($"Snapback:{SlashesKey}: '{slashes}' is not known. Known are refuse (the default) and pass.");
        }

        return new ForwardingSettings(networks, slashes == "pass");
    }

    public bool Trusts(IPAddress? peer)
    {
        if (TrustedProxies.Count == 0 || peer is null)
        {
            return false;
        }

        var address = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
        for (var i = 0; i < TrustedProxies.Count; i++)
        {
            if (TrustedProxies[i].Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A list, or one text with commas, as an environment variable has it.</summary>
    private static IEnumerable<string> Texts(IConfigurationSection section) =>
        section.Value is { Length: > 0 } text
            ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : section.GetChildren().Select(child => child.Value ?? "");

    private static IPNetwork? Parse(string text)
    {
        if (IPNetwork.TryParse(text, out var network))
        {
            return network;
        }

        return IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128) : null;
    }
}
