using System.CommandLine;
using System.Text;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Commands;

/// <summary><c>snapback apply</c>: sends plans to the admin side, which reads them; here only their names are looked for.</summary>
internal static class ApplyVerb
{
    public static Command Define(ClientVerb verb)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "A plan in YAML or JSON, or a Flagger/Argo manifest; - reads standard input. Several are given one after the other.",
            Arity = ArgumentArity.OneOrMore,
        };
        var name = new Option<string?>("--name")
        {
            Description = "The rollout's name, if the plan does not say it.",
            HelpName = "NAME",
        };
        files.Validators.Add(result =>
        {
            foreach (var path in result.Tokens.Select(token => token.Value).Where(path => path != PlanInput.Standard && !File.Exists(path)))
            {
                result.AddError(Directory.Exists(path)
                    ? $"{path} is a directory; name the plan files in it."
                    : $"The plan file {path} does not exist. Give the path of a plan in YAML or JSON.");
            }
        });
        var apply = verb.Write("apply", "Creates a rollout from a plan, or changes its plan.", async call =>
        {
            // All files are read before the first plan is sent, so that an unreadable one changes nothing.
            List<(string Path, string Plan)> plans = [];
            foreach (var path in call.Parsed.GetRequiredValue(files))
            {
                plans.Add((path, await ReadAsync(call, path)));
            }

            var code = ExitCodes.Done;
            foreach (var (path, plan) in plans)
            {
                code = Math.Max(code, await ApplyAsync(call, path, plan, call.Parsed.GetValue(name)));
            }

            return code;
        }, symbols: [files, name]);
        apply.Validators.Add(result =>
        {
            if (result.GetValue(name) is not null && result.GetResult(files) is { Tokens.Count: > 1 and var count })
            {
                result.AddError($"--name names one rollout, and {count} files were given; give each by itself, or name it in its file.");
            }
        });
        return apply;
    }

    /// <summary>Sends one plan. A refusal is reported and does not stop the others.</summary>
    private static async Task<int> ApplyAsync(ClientCall call, string path, string plan, string? name)
    {
        try
        {
            var rollout = name ?? PlanName.Find(plan, path);
            return await call.SayAsync(rollout, await call.Admin.ApplyAsync(rollout, plan, call.Source, call.Stop), path);
        }
        catch (AdminRefusedException refused)
        {
            foreach (var sentence in refused.Sentences)
            {
                await call.Error.WriteLineAsync(sentence.StartsWith(path + ":", StringComparison.Ordinal) ? sentence : Placed.In(path, sentence));
            }

            return ExitCodes.Refused;
        }
        catch (UsageException mistake)
        {
            await call.Error.WriteLineAsync(mistake.Message);
            return ExitCodes.Usage;
        }
    }

    private static async Task<string> ReadAsync(ClientCall call, string path)
    {
        try
        {
            // A read of standard input is not ended by Ctrl-C, so nobody waits for it then.
            return await (path == PlanInput.Standard
                ? call.Host.Input.ReadToEndAsync(CancellationToken.None).WaitAsync(call.Stop)
                : File.ReadAllTextAsync(path, PlanFiles.Utf8, call.Stop));
        }
        catch (DecoderFallbackException)
        {
            throw new UsageException($"The plan file {path} is not UTF-8. Save it as UTF-8.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The plan file {path} cannot be read: {e.Message}");
        }
    }
}
