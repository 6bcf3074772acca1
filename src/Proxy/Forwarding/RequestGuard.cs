using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Snapback.Proxy.Shadowing;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// The first to see a request: what no arm can answer, or what two readers would understand differently, is refused here, so that
/// no arm can be charged for it; and what only a trusted peer may say is taken out before anything is routed by it.
/// </summary>
internal sealed class RequestGuard(RequestDelegate next, ForwardingSettings settings)
{
    /// <summary>Where Kestrel puts the length of a request that also has chunks.</summary>
    private const string OverriddenLength = "X-Content-Length";

    private const string WebSocket = "websocket";

    public Task InvokeAsync(HttpContext context)
    {
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
            // Whoever reads this request by the other of its two lengths finds another request behind it.
            context.Response.Headers.Connection = "close";
            return RefuseAsync(context, StatusCodes.Status400BadRequest, "A request has a Content-Length or a Transfer-Encoding, not both.");
        }

        var trusted = settings.Trusts(context.Connection.RemoteIpAddress);
        if ((RequestTarget.Ending(context) ?? HostName.Problem(request, trusted)) is { } problem)
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
            // The arm gets the same. But of a request without any body the framework's client believes that it may be sent again, up to three
            // times, when the server hangs up without an answer: a payment may have been made by then.
            request.ContentLength = 0;
        }

        HopByHop.RemoveNominated(request.Headers.Connection, request.Headers);
        Distrust(context, request.Headers, trusted);
        return next(context);
    }

    /// <summary>
    /// Takes out what a client may not say: who forwarded it, unless it is one of our own, and names that a server which knows
    /// no difference between '-' and '_' would take for our headers. What bears one of our names is left for those who know it.
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
                    if (OwnHeaders.IsTwin(name) || (!trusted && OwnHeaders.Is(name, ShadowMark.Header)))
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
            OwnHeaders.Claim(context);
        }
    }

    /// <summary>To ask twice is as good as to ask once (RFC 9110, 9.2.2), or it is no request of this kind at all.</summary>
    private static bool IsRepeatable(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method)
        || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method) || HttpMethods.IsConnect(method);

    /// <summary>A WebSocket over HTTP/2 is a CONNECT too, and welcome.</summary>
    private static bool IsWebSocket(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect
            && WebSocket.Equals(connect.Protocol, StringComparison.OrdinalIgnoreCase);

    private static Task RefuseAsync(HttpContext context, int status, string why) =>
        Results.Problem(why, statusCode: status, title: "Refused").ExecuteAsync(context);
}
