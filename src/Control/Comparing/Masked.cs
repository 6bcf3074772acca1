using System.Text.Json;

namespace Snapback.Control.Comparing;

/// <summary>The shape of a value and not the value: what users were told is nobody's to keep.</summary>
public static class Masked
{
    private const int Longest = 40;

    /// <summary>Letters become x and digits 0; the length shows up to 40 characters.</summary>
    public static string Text(string value)
    {
        var shape = string.Create(Math.Min(value.Length, Longest), value, static (shape, value) =>
        {
            for (var i = 0; i < shape.Length; i++)
            {
                shape[i] = char.IsLetter(value[i]) ? 'x'
                    : char.IsDigit(value[i]) ? '0'
                    : char.IsControl(value[i]) || char.IsSurrogate(value[i]) ? '.'
                    : value[i];
            }
        });
        return value.Length > Longest ? $"{shape}… ({Counted.Of(value.Length, "character")})" : shape;
    }

    /// <summary>A request's path: digits, which may be somebody's number, become 0; at most 200 characters.</summary>
    public static string Path(string path) => string.Create(Math.Min(path.Length, 200), path, static (shape, path) =>
    {
        for (var i = 0; i < shape.Length; i++)
        {
            shape[i] = char.IsDigit(path[i]) ? '0' : char.IsControl(path[i]) ? '.' : path[i];
        }
    });

    /// <summary>A JSON member's name, without control characters, which could move a terminal's cursor; at most 40 characters.</summary>
    public static string Name(string name)
    {
        var start = name.Length > Longest ? $"{name.AsSpan(0, Longest)}…" : name;
        return start.Any(char.IsControl) ? string.Concat(start.Select(letter => char.IsControl(letter) ? '.' : letter)) : start;
    }

    public static string Json(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => $"\"{Text(value.GetString() ?? "")}\"",
        JsonValueKind.Number => Text(value.GetRawText()),
        JsonValueKind.Array => Counted.Of(value.GetArrayLength(), "item"),
        JsonValueKind.Object => "an object",
        JsonValueKind.Undefined => "no body",
        _ => value.GetRawText(),
    };
}
