using System.Globalization;
using System.Net.Http.Headers;

namespace Snapback.Proxy.Observing;

/// <summary>gRPC says how a call ended in a header or trailer of a 200.</summary>
internal static class GrpcStatus
{
    public const string Header = "grpc-status";

    /// <summary>DEADLINE_EXCEEDED.</summary>
    public const int TooLate = 4;

    private const string TimeoutHeader = "grpc-timeout";
    private const string Type = "application/grpc";
    private const string WebType = "application/grpc-web";

    /// <summary>
    /// True for the answer to a gRPC call. Servers answer with a grpc-status what was no call too (INTERNAL to a GET, say), and any client could
    /// provoke that; there only the HTTP status counts.
    /// </summary>
    public static bool Is(in AnswerHead head, HttpRequest request) =>
        Speaks(head) && head.Status == StatusCodes.Status200OK && HttpMethods.IsPost(request.Method) && Speaks(request.ContentType);

    /// <summary>gRPC-Web, which sends its trailers inside the body.</summary>
    public static bool IsWeb(in AnswerHead head) => head.MediaType.StartsWith(WebType, StringComparison.OrdinalIgnoreCase);

    /// <summary>True for the content types of gRPC and of gRPC-Web.</summary>
    public static bool Speaks(in AnswerHead head) => Speaks(head.ContentType);

    /// <param name="contentType">With its parameters; null for none.</param>
    public static bool Speaks(string? contentType) => AnswerHead.MediaTypeOf(contentType).StartsWith(Type, StringComparison.OrdinalIgnoreCase);

    /// <summary>The grpc-status header or trailer as it was sent; null without one.</summary>
    public static string? In(HttpHeaders headers) => headers.NonValidated.TryGetValues(Header, out var values) ? values.ToString() : null;

    /// <summary>The status code; -1 for what is no number, null for none.</summary>
    public static int? Of(string? status) => status is null ? null : int.TryParse(status, out var code) ? code : -1;

    /// <summary>
    /// The codes that the server is to blame for: UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE, DATA_LOSS, and what is no code at all.
    /// Not PERMISSION_DENIED, just as a 403 is no failure: any client may ask for what it may not have.
    /// </summary>
    public static bool IsFailure(int code) => code is < 0 or > 16 or 2 or TooLate or 13 or 14 or 15;

    /// <summary>The deadline that the client set with grpc-timeout (up to 8 digits and a unit, as gRPC over HTTP/2 specifies); null without one.</summary>
    public static TimeSpan? TimeoutOf(HttpRequest request)
    {
        const int mostDigits = 8;
        return request.Headers[TimeoutHeader] is [{ Length: > 1 and <= mostDigits + 1 } text]
            && long.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? text[^1] switch
                {
                    'H' => TimeSpan.FromHours(number),
                    'M' => TimeSpan.FromMinutes(number),
                    'S' => TimeSpan.FromSeconds(number),
                    'm' => TimeSpan.FromMilliseconds(number),
                    'u' => TimeSpan.FromMicroseconds(number),
                    'n' => TimeSpan.FromTicks(number / TimeSpan.NanosecondsPerTick),
                    _ => null,
                }
                : null;
    }
}
