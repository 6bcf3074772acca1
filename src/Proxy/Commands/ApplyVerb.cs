using System.CommandLine;

namespace Snapback.Proxy.Commands;

/// <summary>Hands a plan to the admin side, unread but for its name.</summary>
internal static class ApplyVerb
{
    public static Command Define(ClientVerb verb)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "The plan in YAML or JSON, or a Flagger/Argo manifest; - reads standard input.",
        };
        var name = new Option<string?>("--name")
        {
            Description = "The rollout's name, if the plan does not say it.",
            HelpName = "NAME",
        };
        file.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } path && path != "-" && !File.Exists(path))
            {
                result.AddError($"The plan file {path} does not exist.");
            }
        });

        return verb.Write("apply", "Creates a rollout from a plan, or changes its plan.", async call =>
        {
            var path = call.Parsed.GetRequiredValue(file);
            var plan = await ReadAsync(call, path);
            var rollout = call.Parsed.GetValue(name) ?? PlanName.Find(plan, path);
            return await call.SayAsync(rollout, await call.Admin.ApplyAsync(rollout, plan, call.Source, call.Stop));
        }, symbols: [file, name]);
    }

    private static async Task<string> ReadAsync(ClientCall call, string path)
    {
        try
        {
            return await (path == "-" ? call.Host.Input.ReadToEndAsync(call.Stop) : File.ReadAllTextAsync(path, call.Stop));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The plan file {path} cannot be read: {e.Message}");
        }
    }
}
