using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Signing;

namespace Snapback.Control.Admin;

/// <summary>Makes tokens that let a tester choose an arm; the signing keys never leave the replica.</summary>
internal static class Overrides
{
    private static readonly TimeSpan DefaultValidity = TimeSpan.FromHours(1);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
    };

    private sealed record Wanted(string? Arm, string? For, string? By, string? Reason);

    public static async Task<IResult> MakeAsync(string name, ControlPlane plane, HttpContext context)
    {
        if (!plane.Board.TryGet(name, out _))
        {
            return Answers.Unknown(name, plane);
        }

        var errors = new List<string>();
        var wanted = await ReadAsync(context, errors);
        var arm = Arm.Canary;
        if (wanted.Arm is { } word && !OverrideToken.TryParse(word, out arm))
        {
            errors.Add($"'arm' is '{Shown.Plain(word)}'; it must be canary or stable.");
        }

        var validity = DefaultValidity;
        if (wanted.For is { } text)
        {
            var parsed = DurationReader.Parse(text);
            validity = parsed.Value;
            if (parsed.Fault is { } fault)
            {
                errors.Add($"'for': {fault.Message} {fault.Remedy}");
            }
        }

        var by = wanted.By is { } somebody ? BodyText.Printable("by", somebody, errors) : null;
        if (errors.Count > 0)
        {
            return Answers.Invalid(errors);
        }

        var expires = Moment.Now(plane.Time).Wall + validity;
        plane.Overridden(name, OverrideToken.Word(arm), expires, AdminCaller.Of(context).By(by), BodyText.OneLine(wanted.Reason));
        return Results.Json(new
        {
            header = OverrideToken.Header,
            token = new OverrideToken(plane.Keys).Make(name, arm, expires),
            arm = OverrideToken.Word(arm),
            expires,
        });
    }

    private static async Task<Wanted> ReadAsync(HttpContext context, List<string> errors)
    {
        var nothing = new Wanted(null, null, null, null);
        if (await BodyText.ReadAsync(context) is not { } text)
        {
            errors.Add(BodyText.NotUtf8);
            return nothing;
        }

        try
        {
            return text.Length == 0 ? nothing : JsonSerializer.Deserialize<Wanted>(text, Json) ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            var place = e.Path is { Length: > 2 } path ? $"The body's '{Shown.Plain(path[2..])}' is not known here, or no text" : "The body is no JSON object";
            errors.Add($"{place}. Send {{\"arm\":\"canary\",\"for\":\"1h\",\"by\":\"ann\",\"reason\":\"…\"}}, or nothing.");
            return nothing;
        }
    }
}
