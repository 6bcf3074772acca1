using System.IO.Hashing;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Flags;

/// <summary>The OpenFeature Remote Evaluation Protocol 0.3: one flag, all flags with an ETag.</summary>
internal sealed class Ofrep(RolloutFlags flags, FlagEvaluator evaluator)
{
    public const string StreamPath = "/ofrep/v1/stream";

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A page in the background closes its stream after so long, and asks anew when it is back.</summary>
    private const int InactivityDelaySeconds = 120;

    public async Task<IResult> OneAsync(string key, HttpContext context)
    {
        if (flags.Find(key) is not { } flag)
        {
            return Answer(Failure(key, "FLAG_NOT_FOUND", $"No rollout has a flag '{key}'."), StatusCodes.Status404NotFound);
        }

        var request = await OfrepRequest.ReadAsync(context);
        var answer = request.ErrorCode is { } code ? Failure(key, code, request.ErrorDetails) : await EvaluateAsync(flag, request.TargetingKey);
        return Answer(answer, answer.ContainsKey("errorCode") ? StatusCodes.Status400BadRequest : StatusCodes.Status200OK);
    }

    public async Task<IResult> AllAsync(HttpContext context)
    {
        var request = await OfrepRequest.ReadAsync(context);
        if (request.ErrorCode is { } code)
        {
            return Answer(new JsonObject { ["errorCode"] = code, ["errorDetails"] = request.ErrorDetails }, StatusCodes.Status400BadRequest);
        }

        var answers = new JsonArray();
        foreach (var flag in flags.All)
        {
            answers.Add(await EvaluateAsync(flag, request.TargetingKey));
        }

        return WithTag(context, new JsonObject
        {
            ["flags"] = answers,
            ["eventStreams"] = new JsonArray(new JsonObject
            {
                ["type"] = "sse",
                ["endpoint"] = new JsonObject { ["requestUri"] = StreamPath },
                ["inactivityDelaySec"] = InactivityDelaySeconds,
            }),
        });
    }

    /// <summary>The document, or 304 to whoever has it. The tag is the content's, so that it cannot be the same for two contents.</summary>
    public static IResult WithTag(HttpContext context, JsonObject document)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(document, Json);
        var tag = new EntityTagHeaderValue($"\"{XxHash3.HashToUInt64(body):x16}\"");
        context.Response.Headers.ETag = tag.ToString();
        context.Response.Headers.CacheControl = "no-cache";
        var isKnown = context.Request.GetTypedHeaders().IfNoneMatch.Any(known =>
            known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false));
        return isKnown ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Bytes(body, "application/json");
    }

    private async Task<JsonObject> EvaluateAsync(FlagState flag, string? user) => await evaluator.EvaluateAsync(flag, user) is { } answer
        ? new JsonObject { ["key"] = flag.Name, ["value"] = answer.Value, ["variant"] = answer.Variant, ["reason"] = answer.Reason }
        : Failure(flag.Name, "TARGETING_KEY_MISSING", $"Flag '{flag.Name}' is on for a share of the users: name the user in context.targetingKey.");

    private static JsonObject Failure(string key, string code, string? details) =>
        new() { ["key"] = key, ["errorCode"] = code, ["errorDetails"] = details };

    private static IResult Answer(JsonObject body, int status) => Results.Json(body, Json, statusCode: status);
}
