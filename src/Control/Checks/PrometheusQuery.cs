using System.Globalization;
using System.Text.Json;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Checks;

/// <summary>One instant query of Prometheus' HTTP API.</summary>
internal static class PrometheusQuery
{
    /// <summary>In UTF-16 code units.</summary>
    private const int LongestReason = 200;

    public static async Task<Answer> AskAsync(
        WebAnswers web,
        CheckSource.Prometheus source,
        Uri address,
        IReadOnlyDictionary<string, string> headers,
        CheckCondition condition,
        CancellationToken stop)
    {
        var url = new Uri(address.AbsoluteUri.TrimEnd('/') + "/api/v1/query");
        // A form, since a query may be longer than a URL.
        var answer = await web.AskAsync(HttpMethod.Post, url, new FormUrlEncodedContent([new("query", source.Query)]), headers, source.Timeout, stop);
        if (answer.Fault is { } fault)
        {
            return new Answer(AnswerKind.Down, fault, HasSubject: true);
        }

        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            var root = document.RootElement;
            if (root.TryGetProperty("data", out var data) && data.TryGetProperty("resultType", out var type) && type.ValueEquals("matrix"))
            {
                return new Answer(AnswerKind.Down, "answered a range of values for each series; ask for one, such as max_over_time(queue_lag[5m])");
            }

            return root.TryGetProperty("status", out var status) && status.ValueEquals("success")
                ? ConditionEvaluator.Of(condition, Value(root.GetProperty("data")), series: Series(root.GetProperty("data")))
                : new Answer(AnswerKind.Down, $"{url.Authority} refused the query ({answer.Status}): {Reason(root)}", HasSubject: true);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return new Answer(AnswerKind.Down, $"{url.Authority} answered {answer.Status} and nothing that Prometheus says", HasSubject: true);
        }
    }

    /// <summary>A scalar is a number; a vector a list of them.</summary>
    private static object? Value(JsonElement data)
    {
        var result = data.GetProperty("result");
        return data.GetProperty("resultType").GetString() switch
        {
            "scalar" => Sample(result),
            "vector" => result.EnumerateArray().Select(series => (object?)Sample(series.GetProperty("value"))).ToList(),
            "string" => Text(result),
            var other => throw new FormatException(other),
        };
    }

    /// <summary>A vector's labels as PromQL writes them; null for another result.</summary>
    private static List<string>? Series(JsonElement data) => data.GetProperty("resultType").ValueEquals("vector")
        ? [.. data.GetProperty("result").EnumerateArray().Select(series => series.TryGetProperty("metric", out var labels) ? Named(labels) : "{}")]
        : null;

    private static string Named(JsonElement labels) =>
        $"{{{string.Join(", ", labels.EnumerateObject().Select(label => $"{label.Name}=\"{label.Value.GetString()}\""))}}}";

    private static double Sample(JsonElement sample) => Text(sample) switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        var text => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    /// <summary>Of a time and a text.</summary>
    private static string Text(JsonElement sample) => sample.GetArrayLength() == 2 && sample[1].GetString() is { } text
        ? text
        : throw new FormatException("no sample");

    private static string Reason(JsonElement root)
    {
        var text = root.TryGetProperty("error", out var error) ? error.GetString() ?? "" : "without a reason";
        if (text.Length <= LongestReason)
        {
            return text;
        }

        // Half of a character that takes two is none.
        return text[..(char.IsHighSurrogate(text[LongestReason - 1]) ? LongestReason - 1 : LongestReason)] + "…";
    }
}
