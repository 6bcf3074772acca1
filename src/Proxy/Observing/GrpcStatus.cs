using System.Net.Http.Headers;

namespace Snapback.Proxy.Observing;

/// <summary>gRPC says how a call ended in a header or trailer of a 200.</summary>
internal static class GrpcStatus
{
    private const string Header = "grpc-status";
    private const string Type = "application/grpc";
    private const string WebType = "application/grpc-web";

    /// <summary>Must end with a status in header or trailer.</summary>
    public static bool Is(HttpResponseMessage response) => Speaks(response) && !AnswerRules.MediaType(response).StartsWith(WebType, StringComparison.OrdinalIgnoreCase);

    /// <summary>gRPC of either kind. gRPC-Web has its trailers in the body, where they are not looked for.</summary>
    public static bool Speaks(HttpResponseMessage response) => AnswerRules.MediaType(response).StartsWith(Type, StringComparison.OrdinalIgnoreCase);

    /// <summary>Null where there is none.</summary>
    public static int? Of(HttpHeaders headers) =>
        headers.NonValidated.TryGetValues(Header, out var values) ? int.TryParse(values.ToString(), out var code) ? code : -1 : null;

    /// <summary>
    /// What the callee is to blame for: UNKNOWN, DEADLINE_EXCEEDED, PERMISSION_DENIED, INTERNAL, UNAVAILABLE, DATA_LOSS, as
    /// linkerd2-proxy counts by default; and anything that is no code at all.
    /// </summary>
    public static bool IsFailure(int code) => code is < 0 or > 16 or 2 or 4 or 7 or 13 or 14 or 15;
}
