namespace Snapback.Proxy.Forwarding;

/// <summary>GET, HEAD and OPTIONS: they ask and change nothing (RFC 9110, 9.2.1). TRACE, which is safe too, is refused.</summary>
internal static class SafeMethods
{
    public static bool Has(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);
}
