using Microsoft.AspNetCore.Http.Features;
using Snapback.Proxy.Shadowing;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// The first middleware. A request that no arm can answer, or that two servers could understand differently, is refused here, so that no
/// arm is charged for it; and headers that only a trusted peer may send are removed before anything is routed by them.
/// </summary>
internal sealed class RequestGuard(RequestDelegate next, ForwardingSettings settings, Drain drain)
{
    /// <summary>Where Kestrel moves the Content-Length of a request that also has a Transfer-Encoding.</summary>
    private const string OverriddenLength = "X-Content-Length";

    private const string WebSocket = "websocket";

    public Task InvokeAsync(HttpContext context)
    {
        if (drain.IsOn)
        {
            drain.Close(context);
        }

        var request = context.Request;
        if (HttpMethods.IsTrace(request.Method) || (HttpMethods.IsConnect(request.Method) && !IsWebSocket(context)))
        {
            return RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, $"{request.Method} is not forwarded.");
        }

        if (HttpMethods.GetCanonicalizedValue(request.Method) is var capital && !string.Equals(capital, request.Method, StringComparison.Ordinal))
        {
            return RefuseAsync(
                context,
                StatusCodes.Status400BadRequest,
                $"The method is '{request.Method}', which some servers take for {capital} and others do not. Write {capital}.");
        }

        if (request.Headers.TransferEncoding.Count > 0 && request.Headers.ContainsKey(OverriddenLength))
        {
            // Request smuggling (RFC 9112, 11.2): a server that goes by the other length finds a second request behind this one.
            context.Response.Headers.Connection = "close";
            return RefuseAsync(context, StatusCodes.Status400BadRequest, "A request has a Content-Length or a Transfer-Encoding, not both.");
        }

        if (request.Headers.TransferEncoding is { Count: > 0 } coding && !"chunked".Equals(coding.ToString(), StringComparison.OrdinalIgnoreCase))
        {
            // The framework undoes the chunks alone, and the arm would not be told of what is inside of them.
            return RefuseAsync(
                context, StatusCodes.Status501NotImplemented, $"The Transfer-Encoding is '{coding}', and only 'chunked' is understood here.");
        }

        var trusted = settings.Trusts(context.Connection.RemoteIpAddress);
        if ((RequestTarget.Truncation(context) ?? HostName.Problem(request, trusted)) is { } problem)
        {
            return RefuseAsync(context, StatusCodes.Status400BadRequest, problem);
        }

        if (RequestTarget.Ambiguity(RequestTarget.RawPath(context), settings.PassEncodedSlashes) is { } ambiguity)
        {
            return RefuseAsync(context, StatusCodes.Status400BadRequest, ambiguity);
        }

        if (request.ContentLength is null
            && !IsRepeatable(request.Method)
            && context.Features.Find<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            // The arm gets the same request. But without it SocketsHttpHandler takes a request without a body as safe to send again, up to three
            // times, when the server hangs up without an answer: a payment could have been made by then.
            request.ContentLength = 0;
        }

        HopByHop.RemoveNominated(request.Headers.Connection, request.Headers);
        Distrust(context, request.Headers, trusted);
        return next(context);
    }

    /// <summary>
    /// Removes headers that a client may not send: forwarding headers, unless the peer is trusted, and names that a server which treats '_'
    /// as '-' would read as one of ours. Our own headers stay, and are checked by those who read them.
    /// </summary>
    private static void Distrust(HttpContext context, IHeaderDictionary headers, bool trusted)
    {
        List<string>? gone = null;
        var isOwn = false;
        foreach (var (name, _) in headers)
        {
            switch (name[0] | 0x20)
            {
                case 'x' when OwnHeaders.StartsWith(name, OwnHeaders.Prefix):
                    isOwn = true;
                    if (OwnHeaders.IsAmbiguous(name) || (!trusted && OwnHeaders.Is(name, ShadowMark.Header)))
                    {
                        (gone ??= []).Add(name);
                    }

                    break;
                case 'x' when !trusted
                    && (OwnHeaders.StartsWith(name, "x-forwarded-") || OwnHeaders.StartsWith(name, "x-original-") || OwnHeaders.Is(name, "x-real-ip")):
                case 'f' when !trusted && name.Equals("forwarded", StringComparison.OrdinalIgnoreCase):
                    (gone ??= []).Add(name);
                    break;
                default:
                    break;
            }
        }

        for (var i = 0; i < gone?.Count; i++)
        {
            headers.Remove(gone[i]);
        }

        if (isOwn)
        {
            OwnHeaders.MarkPresent(context);
        }
    }

    /// <summary>Idempotent (RFC 9110, 9.2.2), so that sending it again does no harm; or a CONNECT, which is never sent again.</summary>
    private static bool IsRepeatable(string method) =>
        SafeMethods.Has(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method) || HttpMethods.IsConnect(method);

    /// <summary>A WebSocket over HTTP/2 is an extended CONNECT (RFC 8441), and is forwarded.</summary>
    private static bool IsWebSocket(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect
            && WebSocket.Equals(connect.Protocol, StringComparison.OrdinalIgnoreCase);

    private static Task RefuseAsync(HttpContext context, int status, string why) =>
        Results.Problem(why, statusCode: status, title: "Refused").ExecuteAsync(context);
}
