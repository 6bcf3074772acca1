using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Snapback.Proxy.Hosting;

/// <summary>Networks that a setting names.</summary>
internal static class Networks
{
    /// <param name="key">The setting: a list, or one text with commas, as in an environment variable.</param>
    /// <param name="problems">Gets a sentence for every entry that is no address and no network.</param>
    public static ImmutableArray<IPNetwork> Read(IConfigurationSection section, string key, List<string> problems)
    {
        var networks = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (var text in Texts(section.GetSection(key)))
        {
            if (Parse(text) is { } network)
            {
                networks.Add(network);
            }
            else
            {
                problems.Add($"{section.Path}:{key}: '{text}' is no address and no network. Use the form 10.0.0.0/8 or 192.0.2.7.");
            }
        }

        return networks.ToImmutable();
    }

    public static bool Contain(ImmutableArray<IPNetwork> networks, IPAddress? address)
    {
        if (networks.IsEmpty || address is null)
        {
            return false;
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var network in networks)
        {
            if (network.Contains(plain))
            {
                return true;
            }
        }

        return false;
    }

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

        return IPAddress.TryParse(text, out var address)
            ? new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
            : null;
    }
}
