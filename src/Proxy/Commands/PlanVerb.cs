using System.CommandLine;
using Snapback.Control.Import;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Commands;

/// <summary><c>snapback plan</c>: plans, mostly without a running proxy.</summary>
internal static class PlanVerb
{
    public const int Invalid = 1;

    /// <summary>The arms of a plan that names none: such a plan is for the sidecar form.</summary>
    public static readonly PlanDefaults OfSidecar = new(null, Sidecar.Stable, Sidecar.Canary);

    public static Command Define(ClientHost? host = null)
    {
        host ??= new ClientHost();
        var files = new Argument<string[]>("FILE")
        {
            Description = "Plans in YAML or JSON, Flagger or Argo manifests; - reads standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        var strict = new Option<bool>("--strict") { Description = "What a manifest says and Snapback does not understand is an error." };
        var check = new Command("check", "Validate plans and manifests offline; every error with its line.") { files, strict };
        check.SetAction(
            async (parsed, stop) =>
                await CheckAsync(parsed.GetValue(files)!, parsed.GetValue(strict), host.Input, parsed.InvocationConfiguration, stop));
        return new Command("plan", "Look at plans, and import those of Flagger and Argo Rollouts.")
        {
            check,
            PlanShowVerb.Define(new ClientVerb(host, new ClientOptions())),
            PlanImportVerb.Define(host.Input),
        };
    }

    /// <summary>The lines of a result for the error stream: mistakes, and what was not understood.</summary>
    public static IEnumerable<string> Complaints(PlanResult result) => result.Problems
        .Concat(result.NotUnderstood.Select(problem => problem with { Message = $"Not understood. {problem.Message}" }))
        .OrderBy(problem => problem.Line)
        .Select(problem => problem.ToString());

    /// <summary>The plan's weights, triggers and deadline in one line.</summary>
    public static string Brief(RolloutPlan plan)
    {
        var steps = string.Join(" → ", plan.Steps.Select(step => step.Name));
        return $"{steps}, {string.Join(" and ", plan.Triggers)}, deadline {Durations.Format(plan.Rollback.Deadline)}";
    }

    private static async Task<int> CheckAsync(
        string[] files, bool strict, TextReader input, InvocationConfiguration console, CancellationToken stop)
    {
        var problems = new List<string>();
        var refused = false;
        foreach (var file in files)
        {
            if (await PlanInput.TextAsync(file, input, problems, stop) is not { } text)
            {
                refused = true;
                continue;
            }

            foreach (var result in PlanDocument.ReadAll(text, file, OfSidecar))
            {
                problems.AddRange(Complaints(result));
                refused |= !result.IsValid || (strict && result.NotUnderstood.Length > 0);
                if (result.Plan is { } plan)
                {
                    await console.Output.WriteLineAsync($"{file}: rollout '{plan.Name}' is valid: {Brief(plan)}.");
                    foreach (var note in result.Notes.Concat(Providers(plan)))
                    {
                        await console.Output.WriteLineAsync($"{file}: note: {note}");
                    }
                }
            }
        }

        foreach (var problem in problems)
        {
            await console.Error.WriteLineAsync(problem);
        }

        return refused ? Invalid : ExitCodes.Done;
    }

    /// <summary>What the proxy's configuration must have for the plan's queries: here nobody knows it.</summary>
    private static IEnumerable<string> Providers(RolloutPlan plan) =>
        from check in plan.Checks
        where check.Source is CheckSource.Prometheus { Address: null }
        let source = (CheckSource.Prometheus)check.Source
        select $"Check '{check.Name}' asks the provider '{source.Provider}', whose address the proxy's configuration must say: {source.AddressKey}.";
}
