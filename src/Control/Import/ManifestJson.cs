using System.Text.Json.Nodes;
using Snapback.Control.Plans;

namespace Snapback.Control.Import;

/// <summary>A part of a manifest as JSON, for a request's body.</summary>
internal static class ManifestJson
{
    public static string Of(PlanNode node) => Json(node)?.ToJsonString() ?? "null";

    private static JsonNode? Json(PlanNode node) => node switch
    {
        PlanScalar { IsQuoted: true } scalar => scalar.Text,
        PlanScalar { Text: "true" or "false" } scalar => scalar.Text == "true",
        PlanScalar scalar when Numbers.Parse(scalar.Text) is { Fault: null } number => number.Value,
        PlanScalar scalar => scalar.Text,
        PlanList list => new JsonArray([.. list.Items.Select(Json)]),
        PlanMap map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key, Json(entry.Value.Value)))),
        _ => null,
    };
}
