using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Admin;

/// <summary>Results as HTTP: the status with its ETag, or a problem (RFC 9457) with one sentence.</summary>
internal static class Answers
{
    public static IResult Of(CommandResult result, ControlPlane plane, HttpContext context) => result switch
    {
        CommandResult.Done done => Status(done.Status.Name, plane, context, done.Status),
        CommandResult.UnknownRollout unknown => Unknown(unknown),
        CommandResult.Refused refused => Problem(409, "Refused", refused.Sentence),
        CommandResult.Stale stale => Problem(412, "Stale", Sentence(stale.Status), status: View(stale.Status.Name, plane)),
        CommandResult.Unavailable unavailable => Problem(503, "Store unavailable", unavailable.Sentence + " Nothing moved."),
        CommandResult.Unknown unknown => Problem(504, "Outcome unknown", unknown.Sentence),
        _ => throw new InvalidOperationException(result.GetType().Name),
    };

    public static IResult All(ControlPlane plane)
    {
        var all = plane.Board.All.Select(live => RolloutView.Of(live, plane)).ToList();
        return all.Count == 0 && plane.Board.IsPartial ? Unheard(CommandResult.Unheard("Which rollouts there are")) : Results.Json(all);
    }

    public static IResult Status(string name, ControlPlane plane, HttpContext context, RolloutStatus? known = null)
    {
        if (!plane.Board.TryGet(name, out var live))
        {
            return known is null ? Unknown(name, plane) : Results.NoContent();
        }

        // Before the view: with a tag of later than what is shown, a command would pass that was given without having seen it.
        var status = live.Status;
        context.Response.Headers.ETag = $"\"{status.Generation}.{status.Revision}\"";
        return Results.Json(RolloutView.Of(live, plane));
    }

    /// <summary>A plan that was taken: the status, what became of the plan, and what the manifest said that is not in it.</summary>
    public static IResult Of(CommandResult result, PlanResult plan, ControlPlane plane, HttpContext context)
    {
        var answer = Of(result, plane, context);
        if (answer is not JsonHttpResult<object> { Value: { } view } || result is not CommandResult.Done { What: var what })
        {
            return answer;
        }

        var json = JsonSerializer.SerializeToNode(view, JsonSerializerOptions.Web)!.AsObject();
        json["what"] = what;
        if (!plan.Notes.IsEmpty || !plan.NotUnderstood.IsEmpty)
        {
            json["notes"] = JsonSerializer.SerializeToNode(plan.Notes);
            json["notUnderstood"] = JsonSerializer.SerializeToNode(plan.NotUnderstood.Select(problem => problem.ToString()));
        }

        return Results.Json(json);
    }

    public static IResult Unknown(string name, ControlPlane plane) => Unknown(CommandResult.UnknownRollout.On(plane.Board, name));

    public static IResult Invalid(IReadOnlyList<string> errors) =>
        Problem(400, "Invalid", errors.Count == 1 ? errors[0] : $"{errors.Count} things are wrong.", errors: errors);

    public static IResult Problem(int code, string title, string detail, object? status = null, IReadOnlyList<string>? errors = null)
    {
        var extensions = new Dictionary<string, object?>();
        if (status is not null)
        {
            extensions["status_now"] = status;
        }

        if (errors is not null)
        {
            extensions["errors"] = errors;
        }

        return Results.Problem(
            detail,
            statusCode: code,
            title: title,
            type: $"urn:snapback:{title.ToLowerInvariant().Replace(' ', '-')}",
            extensions: extensions);
    }

    /// <summary>What this replica had never heard of has no place to tell.</summary>
    private static string Sentence(RolloutStatus stale) =>
        (stale is { Generation: 0, Revision: 0 }
            ? $"Somebody else gave rollout '{stale.Name}' its plan in the same moment"
            : $"The status is {stale.Generation}.{stale.Revision} by now")
        + "; look at it again and repeat the command.";

    private static IResult Unknown(CommandResult.UnknownRollout unknown) => unknown.MayBeThere
        ? Unheard(unknown.Sentence)
        : Problem(404, "Unknown rollout", unknown.Sentence);

    private static IResult Unheard(string sentence) => Problem(503, "Store unavailable", sentence);

    private static object? View(string name, ControlPlane plane) =>
        plane.Board.TryGet(name, out var live) ? RolloutView.Of(live, plane) : null;
}
