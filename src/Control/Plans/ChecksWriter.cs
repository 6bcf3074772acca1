using System.Text.Json;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Writes what <see cref="ChecksReader"/> reads.</summary>
internal static class ChecksWriter
{
    public static void Write(Utf8JsonWriter json, IntervalCheck check)
    {
        json.WriteStartObject();
        json.WriteString("name", check.Name);
        switch (check.Source)
        {
            case CheckSource.Prometheus prometheus:
                Write(json, prometheus);
                break;
            case CheckSource.Web web:
                Write(json, web);
                break;
            case CheckSource.Responses responses:
                json.WriteString("metric", responses.Metric);
                break;
        }

        Limit(json, "min", check.Condition.Min, check.Source);
        Limit(json, "max", check.Condition.Max, check.Source);
        Optional(json, "success", check.Condition.Success);
        Optional(json, "failure", check.Condition.Failure);
        json.WriteString("interval", Durations.Format(check.Interval));
        if (check.Delay > TimeSpan.Zero)
        {
            json.WriteString("delay", Durations.Format(check.Delay));
        }

        if (check.Source is CheckSource.Responses { Window: { } window })
        {
            json.WriteString("window", Durations.Format(window));
        }

        json.WriteString("rule", check.Rule.ToString());
        if (check.Count is { } count)
        {
            json.WriteNumber("count", count);
        }

        if (check.From != 1)
        {
            json.WriteNumber("from", check.From);
        }

        if (check.NoDataFails)
        {
            json.WriteString("onNoData", ChecksReader.NoData.Format(true));
        }

        if (check.OnlyNotifies)
        {
            json.WriteString("onBreach", "notify");
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, CheckSource.Prometheus prometheus)
    {
        json.WriteString("query", prometheus.Query);
        json.WriteString("provider", prometheus.Provider);
        Optional(json, "address", prometheus.Address?.AbsoluteUri);
        json.WriteString("timeout", Durations.Format(prometheus.Timeout));
    }

    private static void Write(Utf8JsonWriter json, CheckSource.Web web)
    {
        json.WriteString("web", web.Url.AbsoluteUri);
        json.WriteString("method", web.Method);
        Optional(json, "body", web.Body);
        Optional(json, "jsonPath", web.JsonPath);
        if (!web.Headers.IsEmpty)
        {
            json.WriteStartObject("headers");
            foreach (var (name, value) in web.Headers)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }

        json.WriteString("timeout", Durations.Format(web.Timeout));
    }

    private static void Limit(Utf8JsonWriter json, string key, double? limit, CheckSource source)
    {
        if (limit is not { } value)
        {
            return;
        }

        switch (source)
        {
            case CheckSource.Responses { Quantile: null }:
                json.WriteString(key, Shares.Format((decimal)value));
                break;
            case CheckSource.Responses:
                json.WriteString(key, Durations.Format(TimeSpan.FromMilliseconds(value)));
                break;
            default:
                json.WriteNumber(key, (decimal)value);
                break;
        }
    }

    private static void Optional(Utf8JsonWriter json, string key, string? value)
    {
        if (value is not null)
        {
            json.WriteString(key, value);
        }
    }
}
