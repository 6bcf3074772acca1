using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Snapback.Control.Flags;

/// <summary>The body of an evaluation: <c>{"context":{"targetingKey":"…", …}}</c>. Of the context only the targeting key says
/// anything to our flags.</summary>
/// <param name="ErrorCode">Of the OpenFeature specification; null if the body is well-formed.</param>
internal readonly record struct OfrepRequest(string? TargetingKey, string? ErrorCode, string? ErrorDetails)
{
    public static async Task<OfrepRequest> ReadAsync(HttpContext context)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(
                context.Request.Body, new JsonDocumentOptions { MaxDepth = 32 }, context.RequestAborted);
            return Read(document.RootElement);
        }
        catch (IOException e)
        {
            // Too long, or broken off: the caller's, and no error of this side's to be logged.
            return Wrong("PARSE_ERROR", $"The body cannot be read: {e.Message}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter where a text is none: half a surrogate pair, or bytes that are no UTF-8.
            return Wrong("PARSE_ERROR", $"The body is no JSON: {JsonCause.Of(e)} Send {{\"context\":{{\"targetingKey\":\"…\"}}}}.");
        }
    }

    private static OfrepRequest Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return Wrong("PARSE_ERROR", "The body must be a JSON object, such as {\"context\":{\"targetingKey\":\"…\"}}.");
        }

        if (!root.TryGetProperty("context", out var context) || context.ValueKind == JsonValueKind.Null)
        {
            return default;
        }

        if (context.ValueKind != JsonValueKind.Object)
        {
            return Wrong("INVALID_CONTEXT", "context must be a JSON object.");
        }

        if (!context.TryGetProperty("targetingKey", out var key) || key.ValueKind == JsonValueKind.Null)
        {
            return default;
        }

        return key.ValueKind == JsonValueKind.String
            ? new OfrepRequest(key.GetString() is { Length: > 0 } text ? text : null, null, null)
            : Wrong("INVALID_CONTEXT", "context.targetingKey must be a text.");
    }

    private static OfrepRequest Wrong(string code, string details) => new(null, code, details);
}
