using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>A plan as YAML for people to go on with: blocks, and what fits one line on one line.</summary>
public static partial class PlanYaml
{
    private const int LongestLine = 100;

    public static string Of(RolloutPlan plan)
    {
        using var document = JsonDocument.Parse(PlanWriter.ToJson(plan));
        var text = new StringBuilder();
        Map(text, document.RootElement, 0);
        return text.ToString();
    }

    private static void Map(StringBuilder text, JsonElement map, int indent)
    {
        foreach (var property in map.EnumerateObject())
        {
            text.Append(' ', indent).Append(Scalar(property.Name)).Append(':');
            Value(text, property.Value, indent, indent + property.Name.Length + 2);
        }
    }

    private static void Value(StringBuilder text, JsonElement value, int indent, int column)
    {
        // Lists of maps are read line by line; everything else that is short stands in its line.
        var flow = Flow(value);
        var isBlock = value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Object;
        if (!isBlock && (column + flow.Length <= LongestLine || value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)))
        {
            text.Append(' ').AppendLine(flow);
            return;
        }

        text.AppendLine();
        if (value.ValueKind == JsonValueKind.Object)
        {
            Map(text, value, indent + 2);
            return;
        }

        foreach (var item in value.EnumerateArray())
        {
            Item(text, item, indent + 2);
        }
    }

    private static void Item(StringBuilder text, JsonElement item, int indent)
    {
        var flow = Flow(item);
        if (item.ValueKind != JsonValueKind.Object || indent + 2 + flow.Length <= LongestLine)
        {
            text.Append(' ', indent).Append("- ").AppendLine(flow);
            return;
        }

        var start = text.Length;
        Map(text, item, indent + 2);
        text[start + indent] = '-';
    }

    private static string Flow(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object =>
            $"{{ {string.Join(", ", value.EnumerateObject().Select(property => $"{Scalar(property.Name)}: {Flow(property.Value)}"))} }}",
        JsonValueKind.Array => $"[ {string.Join(", ", value.EnumerateArray().Select(Flow))} ]",
        JsonValueKind.String => Scalar(value.GetString()!),
        _ => value.GetRawText(),
    };

    /// <summary>Bare where every reader takes it for the same text; JSON's quotes otherwise, which YAML reads as well.</summary>
    private static string Scalar(string text) =>
        Bare().IsMatch(text) && !Reserved().IsMatch(text) ? text : JsonSerializer.Serialize(text, Relaxed);

    private static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._/%+-]*([: ][A-Za-z0-9._/%+-]+)*\z")]
    private static partial Regex Bare();

    [GeneratedRegex(@"^(true|false|yes|no|null|y|n|[0-9.]+(e[0-9]+)?|0[xo].*)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Reserved();
}
