using System.CommandLine;
using Snapback.Control.Import;
using Snapback.Control.Plans;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Commands;

/// <summary><c>snapback plan import</c>: a Flagger Canary or an Argo Rollout as a native plan.</summary>
internal static class PlanImportVerb
{
    public static Command Define(TextReader input)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "Manifests in YAML: a Canary or a Rollout, and the templates that it names; - reads standard input.",
        };
        var target = OutputFile.Option("Where the plan is written; standard output if absent.", "--output", "-o");
        var name = new Option<string?>("--name") { Description = "Which rollout is meant, if the file holds several.", HelpName = "NAME" };
        var strict = new Option<bool>("--strict") { Description = "What is not understood is an error." };
        var stable = new Option<string>("--stable")
        {
            Description = "The stable arm's cluster.",
            HelpName = "CLUSTER",
            DefaultValueFactory = _ => Sidecar.Stable,
        };
        var canary = new Option<string>("--canary")
        {
            Description = "The canary arm's cluster.",
            HelpName = "CLUSTER",
            DefaultValueFactory = _ => Sidecar.Canary,
        };
        var command = new Command("import", "Turn a Flagger Canary or an Argo Rollout into a native plan; what it does not understand is named.")
        {
            file, target, name, strict, stable, canary,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var defaults = new PlanDefaults(parsed.GetValue(name), parsed.GetValue(stable), parsed.GetValue(canary));
            return await ImportAsync(
                parsed.GetValue(file)!,
                input,
                parsed.GetValue(target),
                defaults,
                parsed.GetValue(strict),
                parsed.InvocationConfiguration,
                stop);
        });
        return command;
    }

    private static async Task<int> ImportAsync(
        string file, TextReader input, FileInfo? target, PlanDefaults defaults, bool strict, InvocationConfiguration console, CancellationToken stop)
    {
        var problems = new List<string>();
        var result = await PlanInput.TextAsync(file, input, problems, stop) is { } text ? PlanDocument.Read(text, file, defaults) : null;
        var refused = result is not { IsValid: true } || (strict && result.NotUnderstood.Length > 0);
        var complaints = result is null ? [] : PlanVerb.Complaints(result);
        var notes = result?.Notes.Select(note => $"{file}: note: {note}") ?? [];
        foreach (var line in problems.Concat(complaints).Concat(notes))
        {
            await console.Error.WriteLineAsync(line);
        }

        if (refused)
        {
            return PlanVerb.Invalid;
        }

        var plan = $"# From {(file == PlanInput.Standard ? "standard input" : Path.GetFileName(file))}.\n{PlanYaml.Of(result!.Plan!)}";
        await (target is null ? console.Output.WriteAsync(plan) : OutputFile.WriteAsync(target, plan, stop));
        return ExitCodes.Done;
    }
}
