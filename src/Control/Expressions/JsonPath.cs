using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace Snapback.Control.Expressions;

/// <summary>
/// The part of Kubernetes' JSONPath that leads to one place or to all items of a list: <c>{$.data.items[0].ok}</c>, <c>['a-b']</c>, <c>[*]</c>,
/// with or without braces. Filters and recursive descent are refused by name.
/// </summary>
public sealed class JsonPath
{
    private const int LongestText = 500;

    private readonly IReadOnlyList<Step> _steps;
    private readonly bool _isMany;

    private JsonPath(IReadOnlyList<Step> steps)
    {
        _steps = steps;
        _isMany = steps.Any(step => step.IsAll);
    }

    /// <summary>The document itself.</summary>
    public static JsonPath Root { get; } = new([]);

    public static bool TryParse(string text, [NotNullWhen(true)] out JsonPath? path, [NotNullWhen(false)] out string? error)
    {
        var inner = text.Trim();
        inner = inner.StartsWith('{') && inner.EndsWith('}') ? inner[1..^1].Trim() : inner;
        inner = inner.StartsWith('$') ? inner[1..] : inner.Length > 0 && inner[0] is not ('.' or '[') ? "." + inner : inner;
        var steps = new List<Step>();
        error = text.Length > LongestText ? $"A path has at most {LongestText} characters." : Fault(inner);
        for (var rest = inner; error is null && rest.Length > 0;)
        {
            error = Take(ref rest, steps);
        }

        path = error is null ? new JsonPath(steps) : null;
        return error is null;
    }

    /// <returns>The value in the terms of an expression; a list for a path with <c>[*]</c>.</returns>
    /// <exception cref="ExpressionException">There is nothing at the path.</exception>
    public object? Read(JsonElement document)
    {
        IEnumerable<JsonElement> found = [document];
        foreach (var step in _steps)
        {
            found = found.SelectMany(step.Next).ToList();
        }

        var values = found.Select(Value).ToList();
        return _isMany ? values : values.Count == 1 ? values[0] : throw new ExpressionException("There is nothing at the path in the answer.");
    }

    /// <summary>Exactly this place is one that the path leads to.</summary>
    public bool Leads(IReadOnlyList<JsonPlace> place)
    {
        if (place.Count != _steps.Count)
        {
            return false;
        }

        for (var i = 0; i < _steps.Count; i++)
        {
            if (!_steps[i].IsAll && (_steps[i].Name != place[i].Name || _steps[i].Index != place[i].Index))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A JSON value in the terms of an expression.</summary>
    public static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => element.EnumerateArray().Select(Value).ToList(),
        JsonValueKind.Object =>
            element.EnumerateObject()
                .DistinctBy(property => property.Name)
                .ToDictionary(property => property.Name, property => Value(property.Value)),
        _ => null,
    };

    private static string? Fault(string path) => path switch
    {
        _ when path.Contains("..", StringComparison.Ordinal) => "Recursive descent (..) is not supported.",
        _ when path.Contains("?(", StringComparison.Ordinal) => "Filters (?(…)) are not supported.",
        _ => null,
    };

    private static string? Take(ref string rest, List<Step> steps)
    {
        if (rest[0] == '.')
        {
            var end = rest.AsSpan(1).IndexOfAny('.', '[') is var next and >= 0 ? next + 1 : rest.Length;
            var name = rest[1..end];
            rest = rest[end..];
            // "{.}" and "{$.}" are the document.
            if (name.Length > 0)
            {
                steps.Add(name == "*" ? new Step(null, null) : new Step(name, null));
            }

            return null;
        }

        var close = rest.IndexOf(']', StringComparison.Ordinal);
        if (rest[0] != '[' || close < 0)
        {
            return $"'{rest[0]}' is not understood here.";
        }

        var inside = rest[1..close].Trim();
        rest = rest[(close + 1)..];
        if (inside is [('\'' or '"') and var quote, .., var last] && inside.Length >= 2 && last == quote)
        {
            steps.Add(new Step(inside[1..^1], null));
            return null;
        }

        if (inside == "*")
        {
            steps.Add(new Step(null, null));
            return null;
        }

        if (!int.TryParse(inside, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
        {
            return $"[{inside}] is not supported; write [0], [*] or ['name'].";
        }

        steps.Add(new Step(null, index));
        return null;
    }

    private sealed record Step(string? Name, int? Index)
    {
        public bool IsAll => Name is null && Index is null;

        public IEnumerable<JsonElement> Next(JsonElement at)
        {
            if (Name is not null)
            {
                return at.ValueKind == JsonValueKind.Object && at.TryGetProperty(Name, out var member) ? [member] : [];
            }

            if (Index is not { } index)
            {
                return at.ValueKind switch
                {
                    JsonValueKind.Array => at.EnumerateArray(),
                    JsonValueKind.Object => at.EnumerateObject().Select(property => property.Value),
                    _ => [],
                };
            }

            var place = at.ValueKind == JsonValueKind.Array && index < 0 ? index + at.GetArrayLength() : index;
            return at.ValueKind == JsonValueKind.Array && place >= 0 && place < at.GetArrayLength() ? [at[place]] : [];
        }
    }
}

/// <summary>One step down into a document: a member's name, or an item's index.</summary>
public readonly record struct JsonPlace(string? Name, int? Index);
