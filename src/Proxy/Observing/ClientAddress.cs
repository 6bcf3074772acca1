using System.IO.Hashing;
using System.Net;

namespace Snapback.Proxy.Observing;

/// <summary>Tells clients without a sticky key apart, by their address.</summary>
internal static class ClientAddress
{
    /// <summary>XXH3-64 of the address's 16 bytes as IPv6; 0 if there is none.</summary>
    public static ulong Hash(IPAddress? address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address?.MapToIPv6().TryWriteBytes(bytes, out _) == true ? XxHash3.HashToUInt64(bytes) : 0;
    }
}
