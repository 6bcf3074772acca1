using System.CommandLine;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Commands;

/// <summary><c>snapback plan check</c>: validation without a running proxy.</summary>
internal static class PlanVerb
{
    private const int Invalid = 1;

    public static Command Define()
    {
        var files = new Argument<string[]>("FILE") { Description = "Plans in YAML or JSON.", Arity = ArgumentArity.OneOrMore };
        var check = new Command("check", "Validate plans offline; every error with its line.") { files };
        check.SetAction(async (parsed, _) => await CheckAsync(parsed.GetValue(files)!, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        return new Command("plan", "Look at plans.") { check };
    }

    private static async Task<int> CheckAsync(string[] files, TextWriter output, TextWriter error)
    {
        var problems = new List<string>();
        foreach (var file in files)
        {
            // A file of the sidecar form may leave its arms to the command line.
            if (PlanFiles.Read(file, new PlanDefaults(null, Sidecar.Stable, Sidecar.Canary), problems) is not { } result)
            {
                continue;
            }

            problems.AddRange(result.Problems.Select(problem => problem.ToString()));
            if (result.Plan is { } plan)
            {
                await output.WriteLineAsync($"{file}: rollout '{plan.Name}' is valid: {string.Join(" → ", plan.Steps.Select(step => step.Weight))}, {string.Join(" and ", plan.Objectives.Select(objective => objective.Name))}, deadline {Durations.Format(plan.Rollback.Deadline)}.");
                foreach (var note in result.Notes)
                {
                    await output.WriteLineAsync($"{file}: note: {note}");
                }
            }
        }

        foreach (var problem in problems)
        {
            await error.WriteLineAsync(problem);
        }

        return problems.Count > 0 ? Invalid : ExitCodes.Done;
    }
}
