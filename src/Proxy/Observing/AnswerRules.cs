namespace Snapback.Proxy.Observing;

/// <summary>What the head of a response tells by RFC 9110 and 9112, before anything of it goes to the client.</summary>
internal static class AnswerRules
{
    private const int FirstStatus = 100;

    /// <summary>
    /// False for a status below 100, for a 101 that nobody asked for, and for a transfer coding other than "chunked": the forwarder drops
    /// the Transfer-Encoding header and undoes only the chunks, so of "gzip, chunked" the client would get gzip without being told.
    /// </summary>
    public static bool CanBeForwarded(in AnswerHead head) => head.Status == StatusCodes.Status101SwitchingProtocols
        ? head.UpgradeAsked
        : head.Status >= FirstStatus
            && (head.Coding is not { } codings || IsOnly(codings, "chunked") || IsOnly(codings, "identity"));

    /// <summary>The list has this coding and no other; its empty elements, as in "chunked,", say nothing (RFC 9110, 5.6.1).</summary>
    public static bool IsOnly(ReadOnlySpan<char> codings, string coding)
    {
        var isThere = false;
        foreach (var range in codings.Split(','))
        {
            var one = codings[range].Trim(" \t");
            if (!one.IsEmpty)
            {
                if (isThere || !one.Equals(coding, StringComparison.OrdinalIgnoreCase))
                {
                    return false;
                }

                isThere = true;
            }
        }

        return isThere;
    }

    public static bool IsFailure(in AnswerHead head) =>
        OutcomeClassifier.IsFailure(head.Status)
        || (IsBodiless(head.Status) && PromisesBody(head));

    /// <summary>No bytes may follow the head. A 304 may still have a Content-Length, that of the response it stands for.</summary>
    public static bool IsBodiless(int status) =>
        status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified;

    /// <summary>A tunnel, an event stream or a gRPC call: how long it lasts is no latency of the arm's, and only its first byte is timed.</summary>
    public static bool IsEndless(in AnswerHead head) =>
        head.Switches
        || head.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase)
        || GrpcStatus.Speaks(head);

    private static bool PromisesBody(in AnswerHead head) =>
        head.Status != StatusCodes.Status304NotModified
        && (head.Length is > 0 || (head.Status == StatusCodes.Status204NoContent && head.Coding is not null));
}
