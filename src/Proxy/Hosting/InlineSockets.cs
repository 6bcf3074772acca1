using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// A request's next piece of work runs on the thread that its bytes arrived on, without the way through the thread pool: about a
/// third of a request's CPU time. The price: whatever blocks such a thread stalls every connection of the process, so nothing on
/// a request's way may block. The admin side keeps to the pool.
/// </summary>
internal static class InlineSockets
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private static bool IsOn => Environment.GetEnvironmentVariable(Variable) is "1" or "true";

    /// <summary>Before the process makes its first socket, which is when the runtime reads it. What the operator set holds.</summary>
    public static void Prefer() => Environment.SetEnvironmentVariable(Variable, Environment.GetEnvironmentVariable(Variable) ?? "1");

    /// <summary>The runtime's half and the server's half bring next to nothing alone.</summary>
    public static void Use(IServiceCollection services) =>
        services.Configure<SocketTransportOptions>(transport => transport.UnsafePreferInlineScheduling = IsOn);
}
