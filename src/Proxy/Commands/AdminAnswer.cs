using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Snapback.Proxy.Commands;

/// <summary>One JSON answer of the admin side, kept whole for <c>--json</c> and read leniently for the screen.</summary>
internal sealed class AdminAnswer(JsonElement json)
{
    private static readonly JsonSerializerOptions Lenient = new(JsonSerializerDefaults.Web);

    // For a terminal or jq, never for a page: an escaped "→" or "'" would only be harder to read.
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Indented = new(OneLine) { WriteIndented = true };

    /// <summary>Null when the text is no JSON at all: then it is not the admin side that spoke.</summary>
    public static AdminAnswer? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return new AdminAnswer(document.RootElement.Clone());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <exception cref="AdminRefusedException">The JSON has another shape: two versions of Snapback that do not fit.</exception>
    public T As<T>()
    {
        try
        {
            return json.Deserialize<T>(Lenient) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new AdminRefusedException(
                [$"The admin side's answer is not understood ({e.Message}); is it another version of Snapback?"]);
        }
    }

    /// <summary>The parts of an array.</summary>
    public IEnumerable<AdminAnswer> Each() => As<JsonElement[]>().Select(part => new AdminAnswer(part));

    /// <summary>One line, with more fields before its own.</summary>
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
