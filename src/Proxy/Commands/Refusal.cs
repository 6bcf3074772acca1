using System.Net;
using System.Text.Json;

namespace Snapback.Proxy.Commands;

/// <summary>An answer that is no success: an RFC 9457 problem as sentences, its detail, then each error.</summary>
internal static class Refusal
{
    /// <summary>
    /// An <see cref="AdminRefusedException"/> for what the admin side says itself. A page without a reason is that of something else, such as a
    /// load balancer whose proxy restarts: nobody has refused anything.
    /// </summary>
    public static Exception Of(HttpStatusCode status, string body, Uri address)
    {
        var problem = AdminAnswer.Parse(body, address)?.As<JsonElement>() is { ValueKind: JsonValueKind.Object } told ? told : default;
        var sentences = Sentences(problem);
        if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            return new AdminRefusedException(WithRemedy(sentences, $"{address} answered {(int)status} without a reason."));
        }

        return (status, sentences) switch
        {
            (_, []) => AdminUnreachableException.Of(address, $"what answers there said {(int)status} without a reason, as no Snapback admin side does"),
            (HttpStatusCode.NotFound, _) when Elsewhere(Text(problem, "type")) is { } why => AdminUnreachableException.Of(address, why),
            (HttpStatusCode.GatewayTimeout, _) => new AdminUnreachableException(string.Join('\n', sentences)),
            _ => new AdminRefusedException(sentences),
        };
    }

    /// <summary>The admin side's own word names its type; other services, and the traffic side, find nothing either.</summary>
    private static string? Elsewhere(string? type) => type switch
    {
        null => null,
        "urn:snapback:not-found" => "there is no admin API below this address",
        _ when type.StartsWith("urn:snapback:", StringComparison.Ordinal) => null,
        _ => "what answers there is no Snapback admin side",
    };

    private static List<string> WithRemedy(List<string> sentences, string otherwise)
    {
        if (sentences.Count == 0)
        {
            sentences.Add(otherwise);
        }

        if (!sentences.Exists(sentence => sentence.Contains(ClientOptions.TokenVariable, StringComparison.Ordinal)))
        {
            sentences.Add($"Give a token that may do this with {ClientOptions.TokenVariable} or --token-file FILE.");
        }

        return sentences;
    }

    private static List<string> Sentences(JsonElement problem)
    {
        List<string> sentences = [];
        if (problem.ValueKind == JsonValueKind.Object)
        {
            Add(sentences, Text(problem, "detail") ?? Text(problem, "title"));
            if (problem.TryGetProperty("errors", out var errors))
            {
                AddAll(sentences, errors, "");
            }
        }

        return sentences;
    }

    private static string? Text(JsonElement problem, string property) =>
        problem.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Reads a list of sentences, and the framework's own form: an object with a list for each field.</summary>
    private static void AddAll(List<string> sentences, JsonElement errors, string prefix)
    {
        switch (errors.ValueKind)
        {
            case JsonValueKind.String:
                Add(sentences, prefix + errors.GetString());
                break;
            case JsonValueKind.Array:
                foreach (var error in errors.EnumerateArray())
                {
                    AddAll(sentences, error, prefix);
                }

                break;
            case JsonValueKind.Object:
                foreach (var field in errors.EnumerateObject())
                {
                    AddAll(sentences, field.Value, field.Name + ": ");
                }

                break;
        }
    }

    private static void Add(List<string> sentences, string? sentence)
    {
        if (!string.IsNullOrWhiteSpace(sentence) && !sentences.Contains(sentence))
        {
            sentences.Add(sentence);
        }
    }
}
