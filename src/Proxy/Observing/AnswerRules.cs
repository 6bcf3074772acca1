namespace Snapback.Proxy.Observing;

/// <summary>What the head of a response says, by RFC 9110 and 9112, before anything of it goes to the client.</summary>
internal static class AnswerRules
{
    private const int FirstStatus = 100;

    /// <summary>
    /// Not a status that is none; not a switch of protocols that nobody asked for; and no transfer coding but "chunked": that one is
    /// decoded and its header dropped, so that of "gzip, chunked" the client would get gzip and no word of it.
    /// </summary>
    public static bool CanBeForwarded(in AnswerHead head) => head.Status == StatusCodes.Status101SwitchingProtocols
        ? head.UpgradeAsked
        : head.Status >= FirstStatus
            && (head.Coding is not { } coding
                || coding.Equals("chunked", StringComparison.OrdinalIgnoreCase)
                || coding.Equals("identity", StringComparison.OrdinalIgnoreCase));

    public static bool IsFailure(in AnswerHead head) =>
        OutcomeClassifier.IsFailure(head.Status)
        || (IsBodiless(head.Status) && PromisesBody(head));

    /// <summary>204 and 205 have no body, and 304 has that of a former response: its length is allowed, its bytes are not.</summary>
    public static bool IsBodiless(int status) =>
        status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified;

    /// <summary>Its length is the conversation's, not the arm's: only the time to its start says something.</summary>
    public static bool IsEndless(in AnswerHead head) =>
        head.Switches
        || head.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase)
        || GrpcStatus.Speaks(head);

    private static bool PromisesBody(in AnswerHead head) =>
        head.Status != StatusCodes.Status304NotModified
        && (head.Length is > 0 || (head.Status == StatusCodes.Status204NoContent && head.Coding is not null));
}
