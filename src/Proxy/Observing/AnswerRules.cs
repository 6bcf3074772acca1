namespace Snapback.Proxy.Observing;

/// <summary>What the head of a response says, by RFC 9110 and 9112, before anything of it goes to the client.</summary>
internal static class AnswerRules
{
    private const string TransferEncoding = "Transfer-Encoding";

    /// <summary>
    /// Not a switch of protocols that nobody asked for; and no transfer coding but "chunked": the client library decodes that
    /// one and drops the header, so that of "gzip, chunked" the client would get gzip and no word of it.
    /// </summary>
    public static bool CanBeForwarded(HttpResponseMessage response)
    {
        if ((int)response.StatusCode == StatusCodes.Status101SwitchingProtocols)
        {
            return response.RequestMessage?.Headers.NonValidated.Contains("Upgrade") == true;
        }

        return !response.Headers.NonValidated.TryGetValues(TransferEncoding, out var codings)
            || codings.ToString() is var coding && (coding.Equals("chunked", StringComparison.OrdinalIgnoreCase) || coding.Equals("identity", StringComparison.OrdinalIgnoreCase));
    }

    public static bool IsFailure(HttpResponseMessage response) =>
        OutcomeClassifier.IsFailure((int)response.StatusCode)
        || (GrpcStatus.Speaks(response) && GrpcStatus.Of(response.Headers) is { } code && GrpcStatus.IsFailure(code))
        || (IsBodiless(response) && PromisesBody(response));

    /// <summary>204 and 205 have no body, and 304 has that of a former response: its length is allowed, its bytes are not.</summary>
    public static bool IsBodiless(HttpResponseMessage response) =>
        (int)response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified;

    /// <summary>Its length is the conversation's, not the arm's: only the time to its start says something.</summary>
    public static bool IsEndless(HttpResponseMessage response) =>
        IsUpgraded(response)
        || MediaType(response).Equals("text/event-stream", StringComparison.OrdinalIgnoreCase)
        || GrpcStatus.Speaks(response);

    /// <summary>A tunnel from here on: HTTP/1.1 says 101, HTTP/2 answers a CONNECT with 200.</summary>
    public static bool IsUpgraded(HttpResponseMessage response) =>
        (int)response.StatusCode == StatusCodes.Status101SwitchingProtocols
        || ((int)response.StatusCode == StatusCodes.Status200OK && response.RequestMessage?.Method == HttpMethod.Connect);

    /// <summary>Null where the length is not known, or does not hold because the body is chunked.</summary>
    public static long? Length(HttpResponseMessage response) =>
        response.Headers.NonValidated.Contains(TransferEncoding) ? null : response.Content.Headers.ContentLength;

    /// <summary>Without its parameters.</summary>
    public static ReadOnlySpan<char> MediaType(HttpResponseMessage response)
    {
        if (!response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types))
        {
            return default;
        }

        var type = types.ToString().AsSpan();
        var end = type.IndexOf(';');
        return (end < 0 ? type : type[..end]).Trim();
    }

    private static bool PromisesBody(HttpResponseMessage response) =>
        (int)response.StatusCode != StatusCodes.Status304NotModified
        && (response.Content.Headers.ContentLength is > 0 || ((int)response.StatusCode == StatusCodes.Status204NoContent && response.Headers.NonValidated.Contains(TransferEncoding)));
}
