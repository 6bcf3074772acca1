using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>The page in the three forms in which it is asked for.</summary>
public static partial class PlanPageText
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Markdown(PlanPage page)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# {page.Name}").AppendLine().AppendLine("| | |").AppendLine("|---|---|");
        foreach (var row in page.Rows)
        {
            // A bar would end the cell.
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.Name} | {row.Value.Replace("|", "\\|", StringComparison.Ordinal)} |");
        }

        text.AppendLine().AppendLine("## What is measured");
        foreach (var metric in page.Metrics)
        {
            text.AppendLine()
                .AppendLine(CultureInfo.InvariantCulture, $"{metric.Name}, {metric.Limit}:")
                .AppendLine()
                .AppendLine("```promql")
                .AppendLine(metric.Query)
                .AppendLine("```");
        }

        foreach (var table in page.Tables)
        {
            text.AppendLine()
                .AppendLine(CultureInfo.InvariantCulture, $"## When {table.Objective} rolls back")
                .AppendLine()
                .AppendLine(table.Sentence);
            if (!table.Bounds.IsEmpty)
            {
                text.AppendLine().AppendLine("| k | n |").AppendLine("|---|---|");
                foreach (var bound in table.Bounds)
                {
                    text.AppendLine(CultureInfo.InvariantCulture, $"| {bound.Failure} | {Within(bound)} |");
                }
            }
        }

        return text.ToString();
    }

    /// <summary>One file, no script, no address of anybody else: it can be mailed and printed.</summary>
    public static string Html(PlanPage page)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $$"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{Encode(page.Name)}}</title>
            <style>
            :root { color-scheme: light dark } body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
            table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884 }
            th { white-space: nowrap } pre { overflow-x: auto; padding: .6rem; background: #8881; white-space: pre-wrap } code { font-family: ui-monospace, monospace }
            .bounds { width: auto } @media print { body { margin: 0 } }
            </style></head><body><h1>{{Encode(page.Name)}}</h1><table>

            """);
        foreach (var row in page.Rows)
        {
            var value = Coded().Replace(Encode(row.Value), "<code>$1</code>");
            html.AppendLine(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Encode(row.Name)}</th><td>{value}</td></tr>");
        }

        html.AppendLine("</table><h2>What is measured</h2>");
        foreach (var metric in page.Metrics)
        {
            html.AppendLine(
                CultureInfo.InvariantCulture,
                $"<p>{Encode(metric.Name)}, {Encode(metric.Limit)}:</p><pre><code>{Encode(metric.Query)}</code></pre>");
        }

        foreach (var table in page.Tables)
        {
            html.AppendLine(CultureInfo.InvariantCulture, $"<h2>When {Encode(table.Objective)} rolls back</h2><p>{Encode(table.Sentence)}</p>");
            if (!table.Bounds.IsEmpty)
            {
                html.Append("<table class=\"bounds\"><tr><th>k</th><th>n</th></tr>");
                foreach (var bound in table.Bounds)
                {
                    html.Append(CultureInfo.InvariantCulture, $"<tr><td>{bound.Failure}</td><td>{Within(bound)}</td></tr>");
                }

                html.AppendLine("</table>");
            }
        }

        return html.AppendLine("</body></html>").ToString();
    }

    /// <summary>The page's parts by name, and the plan itself.</summary>
    public static string ToJson(PlanPage page, RolloutPlan plan)
    {
        var json = JsonSerializer.SerializeToNode(new
        {
            page.Name,
            Rows = page.Rows.ToDictionary(row => Key(row.Name), row => row.Value),
            page.Metrics,
            page.Tables,
        }, Json)!;
        json["plan"] = JsonNode.Parse(PlanWriter.ToJson(plan));
        return json.ToJsonString(Json);
    }

    /// <summary>"Worst case" is worstCase.</summary>
    private static string Key(string name) =>
        JsonNamingPolicy.CamelCase.ConvertName(
            string.Concat(name.Split(' ').Select(word => char.ToUpperInvariant(word[0]) + word[1..])));

    private static string Within(PlanBound bound) => bound.Within?.ToString("N0", CultureInfo.InvariantCulture) ?? "never";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    [GeneratedRegex("`([^`]*)`")]
    private static partial Regex Coded();
}
