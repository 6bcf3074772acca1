using System.Buffers.Binary;
using System.Net;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Splitting;

/// <summary>
/// Networks to find an address in, without allocation. A dual-stack socket shows IPv4 clients as IPv4-mapped IPv6 addresses, so all
/// are compared as IPv6.
/// </summary>
internal sealed class AddressSet(IEnumerable<string> networks)
{
    private readonly (UInt128 Prefix, UInt128 Mask)[] _ranges = [.. networks.Select(Range)];

    public bool Contains(IPAddress? address)
    {
        if (address is null)
        {
            return false;
        }

        var bits = Bits(address);
        foreach (var (prefix, mask) in _ranges)
        {
            if ((bits & mask) == prefix)
            {
                return true;
            }
        }

        return false;
    }

    private static (UInt128, UInt128) Range(string text)
    {
        var (address, length) = IPNetwork.TryParse(text, out var network) ? (network.BaseAddress, network.PrefixLength) : (IPAddress.Parse(text), -1);
        var isV4 = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        var bits = length < 0 ? 128 : length + (isV4 ? 96 : 0);
        var mask = bits == 0 ? 0 : UInt128.MaxValue << (128 - bits);
        return (Bits(address) & mask, mask);
    }

    private static UInt128 Bits(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[AddressBytes.Length];
        AddressBytes.Write(address, bytes);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
