using System.Text.Json;
using System.Text.Json.Serialization;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>How a status and a history line are written down. A weight is stored in basis points: exact, and no unit to misread.</summary>
internal static class StoreJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(), new WeightConverter() },
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T? TryRead<T>(string json)
        where T : class
    {
        try
        {
            return Read<T>(json);
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

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("null");

    private sealed class WeightConverter : JsonConverter<Weight>
    {
        public override Weight Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetInt32() is >= 0 and <= Weight.Whole and var basisPoints ? new Weight(basisPoints) : throw new JsonException("A weight is 0 to 10000.");

        public override void Write(Utf8JsonWriter writer, Weight value, JsonSerializerOptions options) => writer.WriteNumberValue(value.BasisPoints);
    }
}
