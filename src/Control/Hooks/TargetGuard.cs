using System.Net;
using System.Net.Sockets;

namespace Snapback.Control.Hooks;

/// <summary>
/// Which addresses a hook may reach. Asked with the address that is about to be connected to, after the name was resolved, so
/// that no name can point somewhere else a moment later. Addresses of this machine and of private networks need an entry in the
/// allow-list; those that no hook can be meant for are refused whatever it says.
/// </summary>
internal sealed class TargetGuard(IReadOnlyList<string> names, IReadOnlyList<IPNetwork> networks)
{
    /// <summary>
    /// Unspecified, link-local, multicast, reserved, and where clouds give out credentials: link-local too, fd00:ec2::/32 (AWS) and
    /// 100.100.100.200 (Alibaba).
    /// </summary>
    private static readonly IPNetwork[] Never = All(
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/128", "fe80::/10", "fec0::/10", "ff00::/8",
        "fd00:ec2::/32", "100.100.100.200/32");

    private static readonly IPNetwork[] Private = All(
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "::1/128", "fc00::/7");

    /// <summary>An IPv4 address that travels inside an IPv6 one: mapped, NAT64, 6to4.</summary>
    private static readonly (IPNetwork Network, int At)[] Embedding =
        [
            (IPNetwork.Parse("::ffff:0:0/96"), 12), (IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("2002::/16"), 2),
            (IPNetwork.Parse("::/96"), 12),
        ];

    /// <param name="host">As the plan writes it.</param>
    /// <param name="isMeant">The configuration says where the host is: a private address is then no surprise.</param>
    /// <returns>Why not, as a sentence with the remedy; null if it may.</returns>
    public string? Refusal(string host, IPAddress address, bool isMeant = false)
    {
        var bare = Bare(address);
        if (In(Never, bare))
        {
            return $"{host} is at {address}, which no hook may reach";
        }

        return isMeant || !In(Private, bare) || IsThisMachineByName(host, bare) || names.Any(name => Matches(name, host)) || In(networks, bare)
            ? null
            : $"{host} is at {address}, a private address; add {host} or its network to Snapback:Hooks:Allow";
    }

    /// <summary>Whoever writes loopback into a plan means it; a name that turns out to be loopback is an attack.</summary>
    private static bool IsThisMachineByName(string host, IPAddress address) =>
        IPAddress.IsLoopback(address) && host.Trim('[', ']') is "localhost" or "127.0.0.1" or "::1";

    private static bool Matches(string name, string host) => name.StartsWith("*.", StringComparison.Ordinal)
        ? host.EndsWith(name[1..], StringComparison.OrdinalIgnoreCase)
        : name.Equals(host, StringComparison.OrdinalIgnoreCase);

    private static bool In(IEnumerable<IPNetwork> networks, IPAddress address) => networks.Any(network => network.Contains(address));

    private static IPAddress Bare(IPAddress address)
    {
        // "::1" lies in "::/96" too, and is itself.
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IPv6Loopback.Equals(address) || IPAddress.IPv6Any.Equals(address))
        {
            return address;
        }

        foreach (var (network, at) in Embedding)
        {
            if (network.Contains(address) || (address.IsIPv4MappedToIPv6 && at == 12))
            {
                return new IPAddress(address.GetAddressBytes().AsSpan(at, 4));
            }
        }

        return address;
    }

    private static IPNetwork[] All(params string[] networks) => [.. networks.Select(text => IPNetwork.Parse(text))];
}
