using System.Net;

namespace Snapback.Proxy.Forwarding;

/// <summary>
/// Sends a request once more if its HTTP/2 connection ended in good order before any of the answer, and nothing can be done twice by it: a server
/// says GOAWAY after so many requests (nginx: <c>keepalive_requests</c>) and at its own end. SocketsHttpHandler fails those requests which
/// wait to be written just then, although no byte of them was sent (<c>Http2Connection.ProcessOutgoingFramesAsync</c>), and those whose upload
/// was read: several at once, which would look like a broken arm.
/// </summary>
internal sealed class OnceMore(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const int NoError = 0;

    /// <summary>To <c>http://</c> HTTP/2 is spoken only where a cluster demands it.</summary>
    public static bool IsHttp2WithoutTls(HttpRequestMessage request) =>
        request.Version.Major > 1 && request.VersionPolicy != HttpVersionPolicy.RequestVersionOrLower && !IsHttps(request);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        CanShareConnection(request) ? SendSharedAsync(request, cancellationToken) : base.SendAsync(request, cancellationToken);

    private async Task<HttpResponseMessage> SendSharedAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        KeptUpload? upload = null;
        if (request.Content is { } content)
        {
            request.Content = upload = new KeptUpload(content);
        }

        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException e) when (HasGoneInGoodOrder(e) && (upload is null ? IsRead(request.Method) : !upload.Started))
        {
            return await base.SendAsync(request, cancellationToken);
        }
    }

    /// <summary>Only the message tells the end of a stream from the connection's.</summary>
    private static bool HasGoneInGoodOrder(HttpRequestException e) =>
        e.InnerException is HttpProtocolException { ErrorCode: NoError } said && !said.Message.Contains("reset the stream", StringComparison.Ordinal);

    private static bool IsRead(HttpMethod method) => method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options;

    private static bool CanShareConnection(HttpRequestMessage request) =>
        request.Version.Major > 1 && request.Method != HttpMethod.Connect && (IsHttps(request) || IsHttp2WithoutTls(request));

    private static bool IsHttps(HttpRequestMessage request) => request.RequestUri!.Scheme == Uri.UriSchemeHttps;
}
