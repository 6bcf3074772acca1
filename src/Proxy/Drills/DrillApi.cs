using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Snapback.Control;
using Snapback.Control.Admin;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Drills;

/// <summary><c>POST /api/rollouts/{name}/drill</c>: rehearses, records, answers with what was measured.</summary>
internal sealed class DrillApi(ControlPlane plane, Settings settings)
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    private int _running;

    public void Map(WebApplication app) => app.MapPost(
        "/api/rollouts/{name}/drill",
        (string name, HttpContext context) => AnswerAsync(name, context, app.Lifetime.ApplicationStopping));

    private async Task<IResult> AnswerAsync(string name, HttpContext context, CancellationToken stopping)
    {
        if (!plane.Board.TryGet(name, out var live))
        {
            var unknown = CommandResult.UnknownRollout.On(plane.Board, name);
            var (code, title) = unknown.MayBeThere ? (503, "Store unavailable") : (404, "Unknown rollout");
            return Problem(code, title, unknown.Sentence);
        }

        if (await BodyText.ReadAsync(context) is not { } text)
        {
            return Problem(400, "Invalid", BodyText.NotUtf8);
        }

        if (Read(text) is not { } asked)
        {
            return Problem(
                400,
                "Invalid",
                """The body must be a JSON object such as {"fault": "errors", "by": "ann", "reason": "…"}, or nothing; fault is errors, slow, hang or reset.""");
        }

        List<string> errors = [];
        var by = asked.By is { } given ? BodyText.Printable("by", given, errors) : null;
        if (errors.Count > 0)
        {
            return Problem(400, "Invalid", errors[0]);
        }

        if (live.Status.Phase.IsOpen())
        {
            return Problem(
                409,
                "Refused",
                $"Rollout '{name}' is {live.Status.Phase}: " +
                "a drill beside it would take processor time from the canary that is judged. Rehearse before the start, or after the end.");
        }

        if (Interlocked.CompareExchange(ref _running, 1, 0) != 0)
        {
            return Problem(
                409,
                "Refused",
                "A drill is running on this replica, and two would be slower for each other; ask again when it has ended.");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            return await RunAsync(live, asked with { By = AdminCaller.Of(context).By(by), Reason = BodyText.OneLine(asked.Reason) }, stop.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return Problem(503, "Unavailable", "The process ends: the drill was broken off, proves nothing and is not recorded.");
        }
        catch (Exception e) when (e is ConfigurationProblems or IOException or UnauthorizedAccessException)
        {
            return Problem(
                503,
                "Unavailable",
                $"The drill needs room for a store of its own under '{settings.DataDirectory}', and found none: {e.Message}");
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private async Task<IResult> RunAsync(LiveRollout live, Asked asked, CancellationToken stop)
    {
        var plan = live.Plan;
        var fault = asked.Fault.ToString().ToLowerInvariant();
        var report = new DrillReport
        {
            Rollout = plan.Name,
            Fault = fault,
            At = plane.Time.GetUtcNow(),
            By = asked.By!,
            Replica = settings.Replica,
            Product = Product.Version,
            Plan = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(PlanWriter.ToJson(plan)))),
            DeadlineMs = plan.Rollback.Deadline.TotalMilliseconds,
        };
        report = DrillPlan.Blind(plan, asked.Fault) is { } blind
            ? report with { Problem = blind }
            : await new DrillRun(plan, asked.Fault, SwitchesOf(plane.Switches), Path.Combine(settings.DataDirectory, "drill")).RunAsync(report, stop);
        plane.Metrics.Drilled(plan.Name, fault, report.Passed);
        try
        {
            await plane.Commands.RecordAsync(live, report.Passed ? "drilled" : "drill-failed", report.By, asked.Reason, report.Sentence);
        }
        catch (StoreUnavailableException e)
        {
            return Problem(503, "Store unavailable", $"{report.Sentence} It is not recorded: {e.Message}");
        }

        return Results.Json(report);
    }

    private static Asked? Read(string body)
    {
        try
        {
            return body.Length == 0 ? new Asked() : JsonSerializer.Deserialize<Asked>(body, Strict);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// As the real proxy holds them, so that with automatic rollback switched off the drill fails as that would: a filter of the operator's own
    /// has answered there, and one that cannot be read has left its switch where it was.
    /// </summary>
    private static IConfiguration SwitchesOf(RolloutSwitches switches) => new ConfigurationBuilder()
        .AddInMemoryCollection(switches.All.SelectMany((one, i) => new Dictionary<string, string?>
        {
            [$"feature_management:feature_flags:{i}:id"] = one.Name,
            [$"feature_management:feature_flags:{i}:enabled"] = one.IsOn ? "true" : "false",
        }))
        .Build();

    private static IResult Problem(int code, string title, string detail) =>
        Results.Problem(detail, statusCode: code, title: title, type: $"urn:snapback:{title.ToLowerInvariant().Replace(' ', '-')}");

    private sealed record Asked(DrillFault Fault = DrillFault.Errors, string? By = null, string? Reason = null);
}
