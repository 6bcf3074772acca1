using System.Net;
using System.Net.Sockets;

namespace Snapback.Control.Rollouts;

/// <summary>
/// Addresses of both protocols in one form, so that a client is the same over an IPv4 socket and over a dual-stack one. Unlike MapToIPv6, which
/// allocates an address for every request, it writes into a buffer of the caller's.
/// </summary>
public static class AddressBytes
{
    /// <summary>In bytes, of an address as IPv6.</summary>
    public const int Length = 16;

    private const int PrefixLength = 12;

    /// <summary>Writes the address as IPv6; an IPv4 address as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).</summary>
    public static void Write(IPAddress address, Span<byte> bytes)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            bytes[..PrefixLength].Clear();
            bytes[(PrefixLength - 2)..PrefixLength].Fill(0xFF);
            bytes = bytes[PrefixLength..];
        }

        address.TryWriteBytes(bytes, out _);
    }
}
