namespace Snapback.Proxy.Observing;

/// <summary>The parts of a response's head that say something of its arm, from YARP's message or from the lean forwarder.</summary>
/// <param name="Length">The Content-Length in bytes; null without one, and where a transfer coding overrides it (RFC 9112, 6.3).</param>
/// <param name="Coding">All transfer codings, joined by commas; null without one.</param>
/// <param name="GrpcStatus">The grpc-status header; null without one, and may be null where the response is not gRPC.</param>
/// <param name="Switches">A tunnel follows: a 101 over HTTP/1.1, or the 200 to an extended CONNECT over HTTP/2 (RFC 8441).</param>
/// <param name="UpgradeAsked">The request asked for a switch of protocols.</param>
internal readonly record struct AnswerHead(
    int Status, long? Length, string? Coding, string? ContentType, string? GrpcStatus, bool Switches, bool UpgradeAsked)
{
    private const string TransferEncoding = "Transfer-Encoding";

    public static AnswerHead Of(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var coding = response.Headers.NonValidated.TryGetValues(TransferEncoding, out var codings) ? codings.ToString() : null;
        var type = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types) ? types.ToString() : null;
        return new AnswerHead(
            status,
            coding is null ? response.Content.Headers.ContentLength : null,
            coding,
            type,
            Observing.GrpcStatus.Speaks(type) ? Observing.GrpcStatus.In(response.Headers) : null,
            status == StatusCodes.Status101SwitchingProtocols
                || (status == StatusCodes.Status200OK && response.RequestMessage?.Method == HttpMethod.Connect),
            status == StatusCodes.Status101SwitchingProtocols && response.RequestMessage?.Headers.NonValidated.Contains("Upgrade") == true);
    }

    /// <summary>The Content-Type without its parameters; empty without one.</summary>
    public ReadOnlySpan<char> MediaType => MediaTypeOf(ContentType);

    public static ReadOnlySpan<char> MediaTypeOf(string? contentType)
    {
        var type = contentType.AsSpan();
        var end = type.IndexOf(';');
        return (end < 0 ? type : type[..end]).Trim();
    }
}
