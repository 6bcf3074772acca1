using System.CommandLine;
using Snapback.Control.Import;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Simulation;
using Snapback.Proxy.Commands.Rendering;
using Snapback.Proxy.Hosting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands;

/// <summary><c>snapback simulate</c>: what a plan would do, before it ever runs; or what it would have done to a record.</summary>
internal static class SimulateVerb
{
    private const int Invalid = 1;

    public static Command Define(ClientHost? host = null)
    {
        host ??= new ClientHost();
        var open = host.OpenConsole;
        var file = new Argument<string?>("FILE")
        {
            Description = "A plan in YAML or JSON, or - for standard input; without it the default plan.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var record = new Option<string?>("--record")
        {
            Description = "Replay an outcome log or access log instead; - is standard input.",
            HelpName = "LOG",
        };
        var stableRecord = new Option<string?>("--stable-record") { Description = "Stable's log, if it is another one.", HelpName = "LOG" };
        var json = new Option<bool>("--json") { Description = "The numbers as JSON." };
        var options = new SimulateOptions();
        var command = new Command("simulate", "What a plan does to good and bad canaries: the production judge on a traffic model.") { file };
        foreach (var option in (Option[])[.. options.All, record, stableRecord, json])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (new[] { result.GetValue(file), result.GetValue(record), result.GetValue(stableRecord) }.Count(each => each == PlanInput.Standard) > 1)
            {
                result.AddError("Only one of the plan and the logs can be standard input; give the others as files.");
            }

            if (result.GetValue(stableRecord) is not null && result.GetValue(record) is null)
            {
                result.AddError("--stable-record goes with --record; give the canary's log too.");
            }

            if (result.GetValue(record) is not null)
            {
                foreach (var option in options.All.Where(option => result.GetResult(option) is { Implicit: false }))
                {
                    result.AddError($"{option.Name} is about the traffic model, and --record replays what happened; leave one of them out.");
                }
            }
        });
        command.SetAction(async (parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var problems = new List<string>();
            (string Json, Func<Sheet, IRenderable> Screen)? shown = null;
            if (await ReadPlanAsync(parsed.GetValue(file), host.Input, problems, stop) is { } plan)
            {
                shown = parsed.GetValue(record) is { } log
                    ? await ReplayedAsync(plan, log, parsed.GetValue(stableRecord), host.Log, problems, stop)
                    : await SimulatedAsync(options.Of(parsed, new SimulationRequest(plan)), open(error), stop);
            }

            if (stop.IsCancellationRequested)
            {
                return ExitCodes.Interrupted;
            }

            if (shown is not { } result)
            {
                await error.WriteLineAsync(string.Join(Environment.NewLine, problems));
                return Invalid;
            }

            await ShowAsync(result, parsed.GetValue(json), output, open);
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<RolloutPlan?> ReadPlanAsync(string? file, TextReader input, List<string> problems, CancellationToken stop)
    {
        if (file is null)
        {
            return DefaultPlan.For(Sidecar.Rollout, Sidecar.Stable, Sidecar.Canary);
        }

        // A file of the sidecar form may leave its arms to the command line.
        if (await PlanInput.TextAsync(file, input, problems, stop) is not { } text)
        {
            return null;
        }

        var result = PlanDocument.Read(text, file, PlanVerb.OfSidecar);
        problems.AddRange(result.Problems.Select(problem => problem.ToString()));
        return result.Plan;
    }

    private static async Task<(string Json, Func<Sheet, IRenderable> Screen)?> SimulatedAsync(
        SimulationRequest request, IAnsiConsole progress, CancellationToken stop)
    {
        try
        {
            var report = await SimulationProgress.RunAsync(progress, tell => PlanSimulation.Run(request, tell, stop));
            return (SimulationJson.Of(report), sheet => SimulationScreen.Of(report, sheet));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task<(string Json, Func<Sheet, IRenderable> Screen)?> ReplayedAsync(
        RolloutPlan plan, string log, string? stableLog, TextReader input, List<string> problems, CancellationToken stop)
    {
        try
        {
            // A read of standard input is not ended by Ctrl-C, so nobody waits for it then.
            return await Task.Run(() => SimulateRecords.Replay(plan, log, stableLog, input, problems), stop).WaitAsync(stop) is { } replayed
                ? (SimulationJson.Of(replayed), sheet => SimulationReplayScreen.Of(replayed, sheet))
                : null;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task ShowAsync(
        (string Json, Func<Sheet, IRenderable> Screen) result, bool json, TextWriter output, Func<TextWriter, IAnsiConsole> open)
    {
        if (json)
        {
            await output.WriteLineAsync(result.Json);
            return;
        }

        Consoles.WriteRows(open(output), result.Screen);
    }
}
