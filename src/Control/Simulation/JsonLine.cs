using System.Globalization;
using System.Text.Json;
using Snapback.Control.Analysis;

namespace Snapback.Control.Simulation;

/// <summary>
/// A line of an outcome log, <c>{"t":12.5,"arm":"canary","outcome":"success","ms":41,"w":0.05}</c>, or of an access log in JSON with
/// <c>status</c> and perhaps <c>request_time</c> in seconds. Numbers may stand in quotes, as nginx writes them.
/// </summary>
internal static class JsonLine
{
    // Seconds reach this in the year 5138, milliseconds did in 1973.
    private const double LatestSecond = 1e11;
    private const double LatestMillisecond = LatestSecond * 1000;

    private const string Lost = "{\"lost\":";

    private static readonly string[] NumericTimes = ["t", "msec", "ts", "time"];
    private static readonly string[] WrittenTimes = ["time_iso8601", "@timestamp", "timestamp", "time"];

    /// <summary>"snapback record" says so when it could not keep up; null for any other line.</summary>
    public static long? LostIn(string line) =>
        line.StartsWith(Lost, StringComparison.Ordinal)
            && long.TryParse(line.AsSpan(Lost.Length).TrimEnd('}'), CultureInfo.InvariantCulture, out var lost)
            ? lost
            : null;

    public static bool TryRead(string line, bool isCanary, out RecordedResponse response, out string fault)
    {
        response = default;
        try
        {
            using var document = JsonDocument.Parse(line);
            fault = Read(document.RootElement, isCanary, out response) ?? "";
        }
        catch (JsonException)
        {
            fault = "not one whole JSON object.";
        }
        catch (InvalidOperationException)
        {
            // An unpaired surrogate passes the parser, and is no text.
            fault = "a text in it ends in half a character.";
        }

        return fault.Length == 0;
    }

    private static string? Read(JsonElement line, bool isCanary, out RecordedResponse response)
    {
        response = default;
        if (Text(line, "arm") is { } arm)
        {
            if (arm is not ("canary" or "stable"))
            {
                return $"\"arm\" is '{arm}'; it is canary or stable.";
            }

            isCanary = arm == "canary";
        }

        if (OutcomeOf(line, out var outcome) is { } fault)
        {
            return fault;
        }

        var weight = Number(line, "w");
        if (weight is < 0 or > 1)
        {
            return $"\"w\" is {weight.Value.ToString(CultureInfo.InvariantCulture)}; it is a share from 0 to 1.";
        }

        var latency = RecordedResponse.Latency(Number(line, "ms") ?? Number(line, "request_time") * 1000);
        response = new RecordedResponse(Time(line), isCanary, outcome, latency, weight, 0);
        return null;
    }

    // The outcome wins over the status: a reset response may have had a status of 200.
    private static string? OutcomeOf(JsonElement line, out Outcome outcome)
    {
        outcome = default;
        switch (Text(line, "outcome"))
        {
            case "success":
                outcome = Outcome.Success;
                return null;
            case "failure":
                outcome = Outcome.Failure;
                return null;
            case "neutral":
                outcome = Outcome.Neutral;
                return null;
            case { } word:
                return $"\"outcome\" is '{word}'; it is success, failure or neutral.";
        }

        if (Text(line, "status") is not { } status)
        {
            return "neither \"outcome\" nor \"status\".";
        }

        if (!Statuses.TryParse(status, out var code))
        {
            return $"\"status\" is '{status}', which is no HTTP status.";
        }

        outcome = Statuses.OutcomeOf(code);
        return null;
    }

    private static double? Time(JsonElement line)
    {
        foreach (var name in NumericTimes)
        {
            // Loggers of the JavaScript world count milliseconds.
            if (Number(line, name) is { } time && Math.Abs(time) < LatestMillisecond)
            {
                return Math.Abs(time) < LatestSecond ? time : time / 1000;
            }
        }

        foreach (var name in WrittenTimes)
        {
            if (DateTimeOffset.TryParse(Text(line, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            {
                return at.ToUnixTimeMilliseconds() / 1000.0;
            }
        }

        return null;
    }

    private static double? Number(JsonElement line, string name) =>
        double.TryParse(Text(line, name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)
            ? number
            : null;

    private static string? Text(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? value.ToString() : null;
}
