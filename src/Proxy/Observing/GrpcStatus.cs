using System.Net.Http.Headers;

namespace Snapback.Proxy.Observing;

/// <summary>gRPC says how a call ended in a header or trailer of a 200.</summary>
internal static class GrpcStatus
{
    public const string Header = "grpc-status";

    private const string Type = "application/grpc";
    private const string WebType = "application/grpc-web";

    /// <summary>Must end with a status in header or trailer.</summary>
    public static bool Is(in AnswerHead head) => Speaks(head) && !head.MediaType.StartsWith(WebType, StringComparison.OrdinalIgnoreCase);

    /// <summary>gRPC of either kind. gRPC-Web has its trailers in the body, where they are not looked for.</summary>
    public static bool Speaks(in AnswerHead head) => Speaks(head.ContentType);

    /// <param name="contentType">With its parameters; null for none.</param>
    public static bool Speaks(string? contentType) => AnswerHead.MediaTypeOf(contentType).StartsWith(Type, StringComparison.OrdinalIgnoreCase);

    /// <summary>As it stands there; null where there is none.</summary>
    public static string? In(HttpHeaders headers) => headers.NonValidated.TryGetValues(Header, out var values) ? values.ToString() : null;

    /// <summary>-1 for what is no number; null for none.</summary>
    public static int? Of(string? status) => status is null ? null : int.TryParse(status, out var code) ? code : -1;

    /// <summary>
    /// What the callee is to blame for: UNKNOWN, DEADLINE_EXCEEDED, PERMISSION_DENIED, INTERNAL, UNAVAILABLE, DATA_LOSS, as
    /// linkerd2-proxy counts by default; and anything that is no code at all.
    /// </summary>
    public static bool IsFailure(int code) => code is < 0 or > 16 or 2 or 4 or 7 or 13 or 14 or 15;
}
