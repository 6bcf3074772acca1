using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Snapback.Control.Rollouts;

/// <summary>Where a client is, and no nearer: the first 24 bits of an IPv4 address, the first 48 of an IPv6 one.</summary>
public readonly record struct ClientNetwork
{
    private readonly ulong _bits;
    private readonly bool _isV6;

    private ClientNetwork(ulong bits, bool isV6)
    {
        _bits = bits;
        _isV6 = isV6;
    }

    /// <summary>Null, as of a connection that is not TCP, is the network of nobody: 0.0.0.0/24.</summary>
    public static ClientNetwork Of(IPAddress? address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address is null)
        {
            return default;
        }

        if (address.IsIPv4MappedToIPv6 || address.AddressFamily == AddressFamily.InterNetwork)
        {
            var v4 = address.IsIPv4MappedToIPv6 ? bytes[12..] : bytes;
            address.TryWriteBytes(bytes, out _);
            return new ClientNetwork(BinaryPrimitives.ReadUInt32BigEndian(v4) & 0xFFFF_FF00, false);
        }

        address.TryWriteBytes(bytes, out _);
        return new ClientNetwork(BinaryPrimitives.ReadUInt64BigEndian(bytes) & 0xFFFF_FFFF_FFFF_0000, true);
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        if (_isV6)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes, _bits);
            return $"{new IPAddress(bytes)}/48";
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)_bits);
        return $"{new IPAddress(bytes[..4])}/24";
    }
}
