using System.IO.Hashing;
using System.Net;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Observing;

/// <summary>Tells clients without a sticky key apart, by their address.</summary>
internal static class ClientAddress
{
    /// <summary>XXH3-64 of the address's 16 bytes as IPv6; 0 if there is none.</summary>
    public static ulong Hash(IPAddress? address)
    {
        if (address is null)
        {
            return 0;
        }

        Span<byte> bytes = stackalloc byte[AddressBytes.Length];
        AddressBytes.Write(address, bytes);
        return XxHash3.HashToUInt64(bytes);
    }
}
