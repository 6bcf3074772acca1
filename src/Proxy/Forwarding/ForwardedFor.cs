using System.Net;

namespace Snapback.Proxy.Forwarding;

/// <summary>The client's address as the arms get it.</summary>
internal static class ForwardedFor
{
    private const string Mapped = "::ffff:";

    /// <summary>
    /// An IPv4 client of a dual-stack socket as IPv4; null without an address. An address keeps its text, and a connection its address: the
    /// client is written out once per connection, where MapToIPv4 would make an address and its text for every request.
    /// </summary>
    public static string? Of(IPAddress? client)
    {
        var text = client?.ToString();
        return client is not { IsIPv4MappedToIPv6: true } ? text
            : text!.Contains('.', StringComparison.Ordinal) ? text[Mapped.Length..]
            // The framework writes 0.0.x.y without dots.
            : client.MapToIPv4().ToString();
    }
}
