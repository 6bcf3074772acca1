using System.CommandLine;
using Snapback.Control.Import;
using Snapback.Control.Plans;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Commands;

/// <summary><c>snapback plan import</c>: a Flagger Canary or an Argo Rollout as a native plan.</summary>
internal static class PlanImportVerb
{
    public static Command Define()
    {
        var file = new Argument<string>("FILE") { Description = "Manifests in YAML: a Canary or a Rollout, and the templates that it names." };
        var target = new Option<string?>("--output", "-o") { Description = "Where the plan is written; standard output if absent.", HelpName = "FILE" };
        var name = new Option<string?>("--name") { Description = "Which rollout is meant, if the file holds several.", HelpName = "NAME" };
        var strict = new Option<bool>("--strict") { Description = "What is not understood is an error." };
        var stable = new Option<string>("--stable") { Description = "The stable arm's cluster.", HelpName = "CLUSTER", DefaultValueFactory = _ => Sidecar.Stable };
        var canary = new Option<string>("--canary") { Description = "The canary arm's cluster.", HelpName = "CLUSTER", DefaultValueFactory = _ => Sidecar.Canary };
        var command = new Command("import", "Turn a Flagger Canary or an Argo Rollout into a native plan; what it does not understand is named.")
        {
            file, target, name, strict, stable, canary,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var defaults = new PlanDefaults(parsed.GetValue(name), parsed.GetValue(stable), parsed.GetValue(canary));
            return await ImportAsync(parsed.GetValue(file)!, parsed.GetValue(target), defaults, parsed.GetValue(strict), parsed.InvocationConfiguration, stop);
        });
        return command;
    }

    private static async Task<int> ImportAsync(
        string file, string? target, PlanDefaults defaults, bool strict, InvocationConfiguration console, CancellationToken stop)
    {
        var problems = new List<string>();
        var result = PlanFiles.Text(file, problems) is { } text ? PlanDocument.Read(text, file, defaults) : null;
        var refused = result is not { IsValid: true } || (strict && result.NotUnderstood.Length > 0);
        foreach (var line in problems.Concat(result is null ? [] : PlanVerb.Complaints(result)).Concat(result?.Notes.Select(note => $"{file}: note: {note}") ?? []))
        {
            await console.Error.WriteLineAsync(line);
        }

        return refused ? PlanVerb.Invalid : await WriteAsync(target, $"# From {Path.GetFileName(file)}.\n{PlanYaml.Of(result!.Plan!)}", console, stop);
    }

    private static async Task<int> WriteAsync(string? target, string plan, InvocationConfiguration console, CancellationToken stop)
    {
        if (target is null)
        {
            await console.Output.WriteAsync(plan);
            return ExitCodes.Done;
        }

        try
        {
            await File.WriteAllTextAsync(target, plan, stop);
            return ExitCodes.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await console.Error.WriteLineAsync($"{target}: {e.Message} Give a path that can be written.");
            return PlanVerb.Invalid;
        }
    }
}
