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
        context.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";
        var request = context.Request;
        // Where one is wanted, who came here has sent one.
        var withToken = request.Headers.Authorization.Count > 0;
        var page = PlanPage.Of(plan, await LastDrillAsync(plan.Name, plane), $"{request.Scheme}://{request.Host}", withToken);
        return Form(context) switch
        {
            "text/html" => Results.Text(PlanPageText.Html(page), "text/html; charset=utf-8"),
            "application/json" => Results.Text(PlanPageText.ToJson(page, plan), "application/json; charset=utf-8"),
            _ => Results.Text(PlanPageText.Markdown(page), Markdown + "; charset=utf-8"),
        };
    }

    /// <summary>By the history, where every rehearsal leaves a line; null if there is none.</summary>
    private static async Task<string?> LastDrillAsync(string name, ControlPlane plane)
    {
        try
        {
            return LastDrill(await plane.Store.HistoryAsync(name, HistoryLines));
        }
        catch (StoreUnavailableException)
        {
            return "not known: the store, which has the history, does not answer";
        }
    }

    /// <param name="lines">The newest first.</param>
    internal static string? LastDrill(IReadOnlyList<HistoryEntry> lines)
    {
        if (lines.FirstOrDefault(entry => entry.Kind is "drilled" or "drill-failed") is { } last)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{last.At:u} by {last.By}. {last.Sentence}");
        }

        // A history that begins with its plan is whole; of any other nobody can say what stood before.
        return lines is [] or [.., { Kind: "planned" }] ? null : $"none in the newest {lines.Count} lines of the history";
    }

    private static string Form(HttpContext context)
    {
        var wanted = context.Request.GetTypedHeaders().Accept;
        return wanted.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1)
            .Select(type => Array.Find(Forms, form => type.MediaType.Equals(form, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(form => form is not null) ?? Markdown;
    }
}
