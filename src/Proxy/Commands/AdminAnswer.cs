using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Snapback.Proxy.Commands;

/// <summary>One JSON answer of the admin side, kept whole for <c>--json</c> and read leniently for the screen.</summary>
/// <param name="address">The admin side's address, for the error if the answer turns out not to be one.</param>
internal sealed class AdminAnswer(JsonElement json, Uri address)
{
    private static readonly JsonSerializerOptions Lenient = new(JsonSerializerDefaults.Web);

    // For a terminal or jq, never for a page: an escaped "→" or "'" would only be harder to read.
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Indented = new(OneLine) { WriteIndented = true };

    /// <summary>Null when the text is no JSON at all: then it is not the admin side that spoke.</summary>
    public static AdminAnswer? Parse(string text, Uri address)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return new AdminAnswer(document.RootElement.Clone(), address);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <exception cref="AdminUnreachableException">The JSON has another shape: the answer is another service's, or another version's.</exception>
    public T As<T>()
    {
        try
        {
            return json.Deserialize<T>(Lenient) ?? throw new JsonException("null");
        }
        catch (JsonException)
        {
            throw AdminUnreachableException.Of(address, "what answers there is no Snapback admin side, or one of another version");
        }
    }

    /// <summary>The elements of an array.</summary>
    public IEnumerable<AdminAnswer> Each() => As<JsonElement[]>().Select(part => new AdminAnswer(part, address));

    /// <summary>The object on one line, with these fields before its own.</summary>
    public string ToLine(JsonObject first)
    {
        foreach (var field in json.EnumerateObject().Where(field => !first.ContainsKey(field.Name)))
        {
            first.Add(field.Name, JsonNode.Parse(field.Value.GetRawText()));
        }

        return first.ToJsonString(OneLine);
    }

    public string ToIndentedJson() => JsonSerializer.Serialize(json, Indented);
}
