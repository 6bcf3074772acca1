using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// A request's next piece of work runs on the thread that its bytes arrived on, without the way through the thread pool: about a
/// third of a request's CPU time. The price: whatever blocks such a thread stalls every connection of the process, so nothing on
/// a request's way may block. The admin side keeps using the thread pool.
/// </summary>
internal static class InlineSockets
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private static bool IsOn => Environment.GetEnvironmentVariable(Variable) is "1" or "true";

    /// <summary>To be called before the process's first socket, when the runtime reads the variable. A value that the operator set wins.</summary>
    public static void Prefer() => Environment.SetEnvironmentVariable(Variable, Environment.GetEnvironmentVariable(Variable) ?? "1");

    /// <summary>Kestrel's setting for the same; either one alone gains next to nothing.</summary>
    public static void Use(IServiceCollection services) =>
        services.Configure<SocketTransportOptions>(transport => transport.UnsafePreferInlineScheduling = IsOn);
}
