namespace Snapback.Proxy.Observing;

/// <summary>What of a response's head says something of its arm, whoever read it.</summary>
/// <param name="Length">As promised; null where it is not, or does not hold because there is a transfer coding.</param>
/// <param name="Coding">All transfer codings; null without one.</param>
/// <param name="GrpcStatus">Null where there is none; of a response that is not gRPC's it need not be known.</param>
/// <param name="Switches">A tunnel from here on: HTTP/1.1 says 101, HTTP/2 answers a CONNECT with 200.</param>
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

    /// <summary>Of the content, without its parameters.</summary>
    public ReadOnlySpan<char> MediaType => MediaTypeOf(ContentType);

    public static ReadOnlySpan<char> MediaTypeOf(string? contentType)
    {
        var type = contentType.AsSpan();
        var end = type.IndexOf(';');
        return (end < 0 ? type : type[..end]).Trim();
    }
}
