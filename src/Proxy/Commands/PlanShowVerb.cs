using System.CommandLine;
using Snapback.Control.Import;
using Snapback.Control.Plans;

namespace Snapback.Proxy.Commands;

/// <summary><c>snapback plan show</c>: the one-page plan of a file, or of a rollout that runs.</summary>
internal static class PlanShowVerb
{
    public static Command Define(ClientVerb verb)
    {
        var which = new Argument<string>("FILE|NAME")
        {
            Description = "A plan or manifest, - for standard input, or the name of a rollout of the running proxy.",
        };
        var html = new Option<bool>("--html") { Description = "As HTML to print or to mail." };
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var show = verb.Read(
            "show",
            "The plan on one page: strategy, metrics with their queries, progression, trigger, action, authority, deadline, and when it rolls back.",
            call => ShowAsync(call, call.Parsed.GetRequiredValue(which), call.Parsed.GetValue(html), call.Parsed.GetValue(json)),
            which, html, json);
        show.Validators.Add(result =>
        {
            if (result.GetValue(html) && result.GetValue(json))
            {
                result.AddError("Give --html or --json, not both.");
            }
        });
        return show;
    }

    private static async Task<int> ShowAsync(ClientCall call, string which, bool html, bool json)
    {
        if (!File.Exists(which) && Names.IsRollout(which))
        {
            var accept = html ? "text/html" : json ? "application/json" : "text/markdown";
            await call.Out.WriteAsync(await call.Admin.PlanPageAsync(which, accept, call.Stop));
            return ExitCodes.Done;
        }

        var problems = new List<string>();
        var text = await PlanInput.TextAsync(which, call.Host.Input, problems, call.Stop);
        var result = text is null ? null : PlanDocument.Read(text, which, PlanVerb.OfSidecar);
        foreach (var problem in problems.Concat(result is null ? [] : PlanVerb.Complaints(result)))
        {
            await call.Error.WriteLineAsync(problem);
        }

        if (result is not { IsValid: true, Plan: var plan })
        {
            return PlanVerb.Invalid;
        }

        var page = PlanPage.Of(plan, admin: call.Admin.Address.GetLeftPart(UriPartial.Authority), withToken: call.Admin.HasToken);
        await call.Out.WriteAsync(html ? PlanPageText.Html(page) : json ? PlanPageText.ToJson(page, plan) + "\n" : PlanPageText.Markdown(page));
        return ExitCodes.Done;
    }
}
