using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Admin;

/// <summary>The body of a write: optional, a JSON object, and every mistake in it named at once.</summary>
internal sealed record CommandBody
{
    public static readonly CommandBody Empty = new();

    /// <summary>What every command takes.</summary>
    private static readonly string[] Usual = ["by", "reason"];

    public string By { get; private init; } = "operator";

    /// <summary>Somebody said who it is.</summary>
    public bool IsNamed { get; private init; }

    public string? Reason { get; private init; }

    public string? Version { get; private init; }

    public Weight? Weight { get; private init; }

    /// <summary>How long an approval holds.</summary>
    public TimeSpan? Expires { get; private init; }

    public IReadOnlyList<string> Errors { get; private init; } = [];

    /// <param name="own">The keys that this command takes besides: one that it would pass over is a mistake.</param>
    public static async Task<CommandBody> ReadAsync(HttpContext context, params string[] own)
    {
        return (await ReadWrittenAsync(context, [.. Usual, .. own])).Of(AdminCaller.Of(context));
    }

    /// <summary>As this caller may give it.</summary>
    public CommandBody Of(AdminCaller caller)
    {
        var claimed = IsNamed ? By : null;
        return this with
        {
            By = caller.By(claimed),
            IsNamed = IsNamed || caller.Name is not null,
            Errors = caller.Refusal(claimed) is { } refusal ? [.. Errors, refusal] : Errors,
        };
    }

    private static async Task<CommandBody> ReadWrittenAsync(HttpContext context, string[] known)
    {
        if (await BodyText.ReadAsync(context) is not { } text)
        {
            return Empty with { Errors = [BodyText.NotUtf8] };
        }

        if (text.Length == 0)
        {
            return Empty;
        }

        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            return Read(document.RootElement, known);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Empty with { Errors = [$"The body is no JSON: {JsonCause.Of(e)} Send an object such as {{\"reason\":\"…\"}}, or nothing."] };
        }
    }

    private static CommandBody Read(JsonElement root, string[] known)
    {
        var errors = new List<string>();
        if (root.ValueKind != JsonValueKind.Object)
        {
            return Empty with { Errors = ["The body must be a JSON object, such as {\"reason\":\"…\"}."] };
        }

        foreach (var property in root.EnumerateObject().Where(property => !known.Contains(property.Name)))
        {
            errors.Add($"'{property.Name}' is not known here; known are {string.Join(", ", known)}.");
        }

        var weight = ReadWeight(root, errors);
        var by = Text(root, "by", errors);
        return new CommandBody
        {
            By = by ?? Empty.By,
            IsNamed = by is not null,
            Reason = ReadReason(root, errors),
            Version = Text(root, "version", errors),
            Weight = weight,
            Expires = ReadExpires(root, errors),
            Errors = errors,
        };
    }

    private static string? Text(JsonElement root, string name, List<string> errors)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return BodyText.Printable(name, value.GetString()!, errors);
        }

        errors.Add(BodyText.Wrong(name, Shown.Plain(value.GetRawText())));
        return null;
    }

    private static string? ReadReason(JsonElement root, List<string> errors) =>
        root.TryGetProperty("reason", out var value) && value.ValueKind == JsonValueKind.String
            ? BodyText.OneLine(value.GetString())
            : Text(root, "reason", errors);

    private static TimeSpan? ReadExpires(JsonElement root, List<string> errors)
    {
        if (Text(root, "expires", errors) is not { } text)
        {
            return null;
        }

        if (Durations.TryParse(text, out var duration))
        {
            return duration;
        }

        errors.Add($"'expires' is '{text}'; it must be a duration such as 30m or 4h, at most {Durations.Format(Durations.Longest)}.");
        return null;
    }

    private static Weight? ReadWeight(JsonElement root, List<string> errors)
    {
        if (!root.TryGetProperty("weight", out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number
            && value.TryGetDecimal(out var percent)
            && Rollouts.Weight.TryFromPercent(percent, out var weight))
        {
            return weight;
        }

        errors.Add($"'weight' is {Shown.Plain(value.GetRawText())}; it must be a number of per cent from 0 to 100 in steps of 0.01.");
        return null;
    }
}
