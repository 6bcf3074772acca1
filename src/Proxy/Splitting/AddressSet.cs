using System.Buffers.Binary;
using System.Net;

namespace Snapback.Proxy.Splitting;

/// <summary>
/// Networks to find an address in, without allocation. A dual-stack socket shows IPv4 clients as IPv4-mapped IPv6 addresses, so all
/// are compared as IPv6; the framework's MapToIPv6 would allocate an address for each request.
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

    /// <summary>The address as IPv6; an IPv4 address as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).</summary>
    private static UInt128 Bits(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return written == 16
            ? BinaryPrimitives.ReadUInt128BigEndian(bytes)
            : new UInt128(0, 0xFFFF_0000_0000UL | BinaryPrimitives.ReadUInt32BigEndian(bytes));
    }
}
