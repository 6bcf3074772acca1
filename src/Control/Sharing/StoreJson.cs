using System.Text.Json;
using System.Text.Json.Serialization;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing.Fleet;

namespace Snapback.Control.Sharing;

/// <summary>How a status and a history line are written down. A weight is stored in basis points: exact, and no unit to misread.</summary>
internal static class StoreJson
{
    public static readonly JsonSerializerOptions Options = StoreJsonTypes.Default.Options;

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T? TryRead<T>(string json)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static T? TryReadValue<T>(string json)
        where T : struct
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal sealed class WeightConverter : JsonConverter<Weight>
    {
        public override Weight Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetInt32() is >= 0 and <= Weight.Whole and var basisPoints
                ? new Weight(basisPoints)
                : throw new JsonException("A weight is 0 to 10000.");

        public override void Write(Utf8JsonWriter writer, Weight value, JsonSerializerOptions options) => writer.WriteNumberValue(value.BasisPoints);
    }
}

/// <summary>
/// The code for it is made when Snapback is built: by reflection the first status of a start costs hundreds of methods. Such code gives a
/// property that the text lacks no default of its own; constructor parameters and setters do.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    Converters = [typeof(StoreJson.WeightConverter)],
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(RolloutStatus))]
[JsonSerializable(typeof(StatusPlace))]
[JsonSerializable(typeof(HistoryEntry))]
[JsonSerializable(typeof(OutboxEntry))]
[JsonSerializable(typeof(StoreArchive))]
[JsonSerializable(typeof(FleetMessage))]
[JsonSerializable(typeof(Tally))]
[JsonSerializable(typeof(ReplicaState.About), TypeInfoPropertyName = "AboutReplica")]
internal sealed partial class StoreJsonTypes : JsonSerializerContext;
