using System.Text;
using System.Text.Json;
using Snapback.Control.Expressions;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Checks;

/// <summary>One web check: a request, and a value out of its JSON.</summary>
internal static class WebQuery
{
    public static async Task<Answer> AskAsync(WebAnswers web, CheckSource.Web source, CheckCondition condition, CancellationToken stop)
    {
        var body = source.Body is null ? null : new StringContent(source.Body, Encoding.UTF8, "application/json");
        var answer = await web.AskAsync(new HttpMethod(source.Method), source.Url, body, source.Headers, source.Timeout, stop);
        if (answer.Fault is { } fault)
        {
            return new Answer(AnswerKind.Down, fault, HasSubject: true);
        }

        if (answer.Status is < 200 or > 299)
        {
            return new Answer(AnswerKind.Down, $"{source.Url.Authority} answered {answer.Status}", HasSubject: true);
        }

        try
        {
            return ConditionEvaluator.Of(condition, Value(source, answer.Body));
        }
        catch (ExpressionException e)
        {
            return new Answer(AnswerKind.Nothing, e.Message);
        }
    }

    /// <exception cref="ExpressionException">There is nothing at the path, or no JSON.</exception>
    private static object? Value(CheckSource.Web source, string body)
    {
        var path = source.JsonPath is { } text && JsonPath.TryParse(text, out var given, out _) ? given : JsonPath.Root;
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
            return path.Read(document.RootElement);
        }
        catch (ExpressionException)
        {
            throw new ExpressionException($"has nothing at {source.JsonPath} in what {source.Url.Authority} answered");
        }
        catch (Exception e) when (source.JsonPath is null && e is JsonException or InvalidOperationException)
        {
            // Without a path the text itself is the value, as in Argo.
            return body;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter where a text is none: half a surrogate pair.
            throw new ExpressionException($"got no JSON from {source.Url.Authority}");
        }
    }
}
