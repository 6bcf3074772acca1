namespace Snapback.Proxy.Observing;

/// <summary>What of a response's head says something of its arm, whoever read it.</summary>
/// <param name="Length">As promised; null where it is not, or does not hold because there is a transfer coding.</param>
/// <param name="Coding">All transfer codings; null without one.</param>
/// <param name="GrpcStatus">Null where there is none.</param>
/// <param name="Switches">A tunnel from here on: HTTP/1.1 says 101, HTTP/2 answers a CONNECT with 200.</param>
/// <param name="UpgradeAsked">The request asked for a switch of protocols.</param>
internal readonly record struct AnswerHead(int Status, long? Length, string? Coding, string? ContentType, string? GrpcStatus, bool Switches, bool UpgradeAsked)
{
    private const string TransferEncoding = "Transfer-Encoding";

    public static AnswerHead Of(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var coding = response.Headers.NonValidated.TryGetValues(TransferEncoding, out var codings) ? codings.ToString() : null;
        return new AnswerHead(
            status,
            coding is null ? response.Content.Headers.ContentLength : null,
            coding,
            response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types) ? types.ToString() : null,
            Observing.GrpcStatus.In(response.Headers),
            status == StatusCodes.Status101SwitchingProtocols || (status == StatusCodes.Status200OK && response.RequestMessage?.Method == HttpMethod.Connect),
            status == StatusCodes.Status101SwitchingProtocols && response.RequestMessage?.Headers.NonValidated.Contains("Upgrade") == true);
    }

    /// <summary>Of the content, without its parameters.</summary>
    public ReadOnlySpan<char> MediaType
    {
        get
        {
            var type = ContentType.AsSpan();
            var end = type.IndexOf(';');
            return (end < 0 ? type : type[..end]).Trim();
        }
    }
}
