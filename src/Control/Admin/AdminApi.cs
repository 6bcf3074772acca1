using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Snapback.Control.Import;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Admin;

/// <summary>The admin HTTP API.</summary>
public static class AdminApi
{
    private const int HistoryLines = 500;

    internal const string Rollouts = "/api/rollouts";

    /// <param name="arms">For plans that name no clusters: the sidecar's.</param>
    /// <param name="missing">A sentence for all that a plan names and that is not there: it is refused.</param>
    /// <param name="unmet">A sentence for all that a plan looks at and nothing here has: it is taken, and they are among its notes.</param>
    public static void MapAdminApi(
        this WebApplication app,
        ControlPlane plane,
        PlanDefaults? arms = null,
        Func<RolloutPlan, IEnumerable<string>>? missing = null,
        Func<RolloutPlan, IEnumerable<string>>? unmet = null)
    {
        Unmatched.Use(app, "The admin API is under /api/rollouts; see the contract in docs/api.md.");
        new IdempotencyKeys().Use(app);
        new RecordWait(plane).Use(app);
        var rollouts = app.MapGroup(Rollouts);
        rollouts.MapGet("", () => Answers.All(plane));
        rollouts.MapGet("{name}", (string name, HttpContext context) => Answers.Status(name, plane, context));
        rollouts.MapPut("{name}", (string name, HttpContext context) =>
            PutAsync(name, plane, arms ?? new PlanDefaults(), missing ?? (static _ => []), unmet ?? (static _ => []), context));
        rollouts.MapDelete("{name}", (string name, HttpContext context) => DeleteAsync(name, plane, context));
        rollouts.MapGet(
            "{name}/weight",
            (string name) => plane.Board.TryGet(name, out var live)
                ? Results.Json(new { weight = live.Snapshot(Moment.Now(plane.Time).Monotonic).Weight.Percent })
                : Answers.Unknown(name, plane));
        rollouts.MapPut("{name}/weight", (string name, HttpContext context) => CommandAsync(name, plane, context, body => body.Weight is { } weight
            ? new RolloutCommand.SetWeight(weight, body.Version, body.By, body.Reason)
            : "'weight' is missing; send {\"weight\": 12.5} in per cent.", "weight", "version"));
        rollouts.MapPost("{name}/start", (string name, HttpContext context) => CommandAsync(name, plane, context, body => body.Version is { } version
            ? new RolloutCommand.Start(version, body.By, body.Reason)
            : "'version' is missing; send {\"version\": \"sha256:…\"}, the immutable id of what runs in the canary.", "version"));
        rollouts.MapPost("{name}/advance", (string name, HttpContext context) =>
            CommandAsync(name, plane, context, body => new RolloutCommand.Advance(body.By, body.Reason)));
        rollouts.MapPost("{name}/pause", (string name, HttpContext context) =>
            CommandAsync(name, plane, context, body => new RolloutCommand.Pause(body.By, body.Reason)));
        rollouts.MapPost("{name}/resume", (string name, HttpContext context) =>
            CommandAsync(name, plane, context, body => new RolloutCommand.Resume(body.By, body.Reason)));
        rollouts.MapPost("{name}/promote", (string name, HttpContext context) =>
            CommandAsync(name, plane, context, body => new RolloutCommand.Promote(body.By, body.Reason)));
        rollouts.MapPost("{name}/retry", (string name, HttpContext context) =>
            CommandAsync(name, plane, context, body => new RolloutCommand.Retry(body.By, body.Reason)));
        rollouts.MapPost("{name}/approve", (string name, HttpContext context) => CommandAsync(name, plane, context, body => body.IsNamed
            ? new RolloutCommand.Approve(body.By, body.Reason, body.Expires ?? Approval.DefaultValidity)
            : "'by' is missing; an approval is a person's: send {\"by\": \"ann\", \"reason\": \"…\"}.", "expires"));
        rollouts.MapPost("{name}/undo", (string name, HttpContext context) =>
            DownAsync(plane, context, body => plane.Commands.UndoAsync(name, body.By, body.Reason, IfMatch(context))));
        rollouts.MapPost("{name}/reject", (string name, HttpContext context) =>
            DownAsync(plane, context, body => plane.Commands.RejectAsync(name, body.By, body.Reason)));
        rollouts.MapPost("{name}/override", (string name, HttpContext context) => Overrides.MakeAsync(name, plane, context));
        rollouts.MapPost("{name}/rollback", (string name, HttpContext context) => RollBackAsync(name, plane, context));
        rollouts.MapGet("{name}/history", (string name) => HistoryAsync(name, plane));
        rollouts.MapGet(
            "{name}/plan",
            (string name, HttpContext context) => plane.Board.TryGet(name, out var live)
                ? PlanPageAnswer.OfAsync(live, plane, context)
                : Task.FromResult(Answers.Unknown(name, plane)));
        rollouts.MapGet("{name}/evidence", (string name) => plane.Board.TryGet(name, out var live)
            ? Results.Json(RolloutView.EvidenceOf(live, Moment.Now(plane.Time).Monotonic))
            : Answers.Unknown(name, plane));
        rollouts.MapGet(
            "{name}/shadow",
            (string name) => plane.Board.TryGet(name, out var live)
                ? Results.Json(ShadowView.Of(live))
                : Answers.Unknown(name, plane));
        var outcomes = new OutcomeStream(plane.Time);
        rollouts.MapGet("{name}/outcomes", (string name, HttpContext context) => plane.Board.TryGet(name, out var live)
            ? outcomes.WriteAsync(live, context)
            : Answers.Unknown(name, plane).ExecuteAsync(context));
        OpenApiFile.Map(app);
    }

    /// <summary>A plan is the whole body, so who and why stand in the query.</summary>
    private static string? Query(HttpContext context, string name) => BodyText.OneLine(context.Request.Query[name].FirstOrDefault());

    private static string? IfMatch(HttpContext context) => context.Request.Headers.IfMatch is { Count: > 0 } tags ? tags.ToString() : null;

    /// <param name="own">The keys of its body besides who and why.</param>
    private static async Task<IResult> CommandAsync(
        string name, ControlPlane plane, HttpContext context, Func<CommandBody, Wanted> make, params string[] own)
    {
        var body = await CommandBody.ReadAsync(context, own);
        var wanted = make(body);
        var errors = body.Errors.ToList();
        // A field that is there and wrong is not missing too, and in a body that is no JSON nothing is missing.
        if (wanted.Error is { } missing
            && !errors.Exists(error => error.StartsWith("The body", StringComparison.Ordinal))
            && !errors.Exists(error => error.StartsWith(missing[..missing.IndexOf(' ')], StringComparison.Ordinal)))
        {
            errors.Add(missing);
        }

        return errors.Count > 0
            ? Answers.Invalid(errors)
            : Answers.Of(await plane.Commands.HandleAsync(name, wanted.Command!, IfMatch(context)), plane, context);
    }

    /// <summary>A body that cannot be read must not keep anybody from rolling back: it costs the reason, not the rollback.</summary>
    private static async Task<IResult> RollBackAsync(string name, ControlPlane plane, HttpContext context)
    {
        var body = CommandBody.Empty;
        try
        {
            body = await CommandBody.ReadAsync(context);
        }
        catch (Exception e) when (e is BadHttpRequestException or IOException or OperationCanceledException)
        {
            // Too long, cut off, or the caller has left and wanted it all the same: who it is is known.
            body = body.Of(AdminCaller.Of(context));
        }

        return Answers.Of(await plane.Commands.RollBackAsync(name, Authority.Operator, body.By, "operator", body.Reason), plane, context);
    }

    private static async Task<IResult> DownAsync(ControlPlane plane, HttpContext context, Func<CommandBody, Task<CommandResult>> command)
    {
        var body = await CommandBody.ReadAsync(context);
        return body.Errors.Count > 0 ? Answers.Invalid(body.Errors) : Answers.Of(await command(body), plane, context);
    }

    private static async Task<IResult> PutAsync(
        string name,
        ControlPlane plane,
        PlanDefaults arms,
        Func<RolloutPlan, IEnumerable<string>> missing,
        Func<RolloutPlan, IEnumerable<string>> unmet,
        HttpContext context)
    {
        // A plan that leaves its arms out keeps those it has.
        var defaults = plane.Board.TryGet(name, out var live)
            ? new PlanDefaults(name, live.Plan.Stable, live.Plan.IsFlagFirst ? null : live.Plan.Canary)
            : arms with { Name = name };
        if (await BodyText.ReadAsync(context) is not { } text)
        {
            return Answers.Invalid([BodyText.NotUtf8]);
        }

        var (asked, isStrict) = (Query(context, "strict"), false);
        if (asked is not null && !bool.TryParse(asked, out isStrict))
        {
            return Answers.Invalid(
                [$"strict: '{asked}' is neither true nor false. Leave it out, or write strict=true to refuse what is not understood."]);
        }

        var result = PlanDocument.Read(text, defaults: defaults);
        string[] errors =
        [
            .. result.Problems.Concat(isStrict ? result.NotUnderstood : []).Select(problem => problem.ToString()),
            .. result.IsValid ? missing(result.Plan) : [],
        ];
        return result.IsValid && errors.Length == 0
            ? Answers.Of(
                await plane.Commands.PutPlanAsync(
                    result.Plan, AdminCaller.Of(context).By(Query(context, "by")), Query(context, "reason"), IfMatch(context)),
                result with { Notes = [.. result.Notes, .. unmet(result.Plan)] },
                plane,
                context)
            : Answers.Invalid(errors);
    }

    private static async Task<IResult> DeleteAsync(string name, ControlPlane plane, HttpContext context) =>
        Answers.Of(await plane.Commands.DeleteAsync(name, AdminCaller.Of(context).By(null), IfMatch(context)), plane, context);

    private static async Task<IResult> HistoryAsync(string name, ControlPlane plane)
    {
        if (!plane.Board.TryGet(name, out var live))
        {
            return Answers.Unknown(name, plane);
        }

        try
        {
            var entries = await plane.Store.HistoryAsync(name, HistoryLines);
            return Results.Json(entries.Select(entry => new
            {
                id = entry.Id,
                at = entry.At,
                kind = entry.Kind,
                by = entry.By,
                reason = entry.Reason,
                phase = entry.Phase.ToString(),
                weight = entry.Weight,
                step = entry.Step,
                generation = entry.Generation,
                revision = entry.Revision,
                version = entry.Version,
                sentence = entry.Sentence,
                // The line was written at the decision; those in flight then have ended since, and other replicas have told who met it there.
                exposure = entry.Kind == "rolled-back"
                    && live.Snapshot(Moment.Now(plane.Time).Monotonic).Status is { Rollback.Exposure: { } settled } status
                    && status.Generation == entry.Generation
                    ? settled
                    : entry.Exposure,
            }));
        }
        catch (StoreUnavailableException e)
        {
            return Answers.Problem(503, "Store unavailable", e.Message);
        }
    }

    /// <summary>A command, or why the body does not make one.</summary>
    private readonly record struct Wanted(RolloutCommand? Command, string? Error)
    {
        public static implicit operator Wanted(RolloutCommand command) => new(command, null);

        public static implicit operator Wanted(string error) => new(null, error);
    }
}
