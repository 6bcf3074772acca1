using System.Globalization;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Admin;

/// <summary>The one-page plan of a rollout in the form that the client likes best.</summary>
internal static class PlanPageAnswer
{
    private const string Markdown = "text/markdown";
    private const int HistoryLines = 500;

    private static readonly string[] Forms = [Markdown, "text/html", "application/json"];

    public static async Task<IResult> OfAsync(LiveRollout live, ControlPlane plane, HttpContext context)
    {
        var plan = PlanSecrets.Hide(live.Plan);
        // It has a style of its own, and stands beside a page that may keep a token.
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";
        var page = PlanPage.Of(plan, await LastDrillAsync(plan.Name, plane), $"{context.Request.Scheme}://{context.Request.Host}");
        return Form(context) switch
        {
            "text/html" => Results.Text(PlanPageText.Html(page), "text/html; charset=utf-8"),
            "application/json" => Results.Text(PlanPageText.ToJson(page, plan), "application/json; charset=utf-8"),
            _ => Results.Text(PlanPageText.Markdown(page), Markdown + "; charset=utf-8"),
        };
    }

    /// <summary>By the history, where every rehearsal leaves a line; null if there is none, or nobody can look.</summary>
    private static async Task<string?> LastDrillAsync(string name, ControlPlane plane)
    {
        try
        {
            var last = (await plane.Store.HistoryAsync(name, HistoryLines)).FirstOrDefault(entry => entry.Kind is "drilled" or "drill-failed");
            return last is null ? null : string.Create(CultureInfo.InvariantCulture, $"{last.At:u} by {last.By}. {last.Sentence}");
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private static string Form(HttpContext context)
    {
        var wanted = context.Request.GetTypedHeaders().Accept;
        return wanted.OrderByDescending(type => type.Quality ?? 1)
            .Select(type => Array.Find(Forms, form => type.MediaType.Equals(form, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(form => form is not null) ?? Markdown;
    }
}
