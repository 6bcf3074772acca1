using System.CommandLine;
using Snapback.Control;
using Snapback.Control.Sharing;
using Snapback.Control.Sharing.Fleet;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Commands;

/// <summary><c>snapback store export</c> and <c>import</c>: from the embedded store to Redis and back, and a copy to keep.</summary>
internal static class StoreVerb
{
    private const int Failed = 1;

    private static readonly Option<string?> Data = new("--data")
    {
        HelpName = "DIR",
        Description = "An embedded store's directory; its proxy must be stopped. ./data if nothing is named.",
    };
    private static readonly Option<string?> Redis = new("--redis")
    {
        HelpName = "HOST:PORT",
        Description = "A fleet's Redis, as host:port; the fleet may be running.",
    };
    private static readonly Option<string> Prefix = new("--prefix")
    {
        HelpName = "NAME",
        Description = "The fleet's prefix in Redis.",
        DefaultValueFactory = _ => new FleetOptions("").Prefix,
    };

    public static Command Define()
    {
        var output = OutputFile.Option("Write to this file instead of the terminal.", "--output", "-o");
        var export = new Command("export", "Plans, statuses and histories as one JSON document.") { Data, Redis, Prefix, output };
        export.SetAction((parsed, _) => RunAsync(parsed, () => ExportAsync(parsed, parsed.GetValue(output))));
        var file = new Argument<string>("FILE") { Description = "What 'store export' wrote." };
        var import = new Command("import", "Join such a document into a store: what the store has newer stays.") { file, Data, Redis, Prefix };
        import.SetAction((parsed, _) => RunAsync(parsed, () => ImportAsync(parsed, parsed.GetValue(file)!)));
        foreach (var command in (Command[])[export, import])
        {
            command.Validators.Add(OneStore);
        }

        return new Command("store", "Move rollouts between an embedded store and Redis.") { export, import };
    }

    private static void OneStore(System.CommandLine.Parsing.CommandResult given)
    {
        if (given.GetValue(Redis) is not { } connection)
        {
            return;
        }

        if (given.GetValue(Data) is not null)
        {
            given.AddError("Name one store: --data or --redis.");
        }

        if (FleetOptions.Problem(connection) is { } problem)
        {
            given.AddError($"--redis: {problem}");
        }
    }

    private static async Task<string?> ExportAsync(ParseResult parsed, FileInfo? file)
    {
        var archive = await FromAsync(parsed);
        if (file is null)
        {
            await parsed.InvocationConfiguration.Output.WriteLineAsync(archive.ToJson());
            return null;
        }

        // Written beside and moved into place, so that an older copy is replaced by a whole one or not at all.
        await using (var writer = new StreamWriter(PrivateFile.Open(file.FullName + ".new", FileMode.Create)))
        {
            await writer.WriteLineAsync(archive.ToJson());
        }

        File.Move(file.FullName + ".new", file.FullName, overwrite: true);
        await parsed.InvocationConfiguration.Output.WriteLineAsync($"{Rollouts(archive)} written to {file}.");
        return null;
    }

    private static async Task<string?> ImportAsync(ParseResult parsed, string file)
    {
        if (!File.Exists(file))
        {
            return $"There is no file '{file}'. Give one that 'snapback store export' wrote.";
        }

        if (StoreArchive.TryRead(await File.ReadAllTextAsync(file), out var problem) is not { } archive)
        {
            return $"'{file}': {problem}";
        }

        IReadOnlyList<string> deleted = [];
        if (parsed.GetValue(Redis) is { } connection)
        {
            deleted = await FleetArchive.ImportAsync(Options(parsed, connection), archive);
        }
        else
        {
            await using var store = EmbeddedStore.Open(Directory(parsed));
            await archive.RestoreAsync(store);
        }

        await parsed.InvocationConfiguration.Output.WriteLineAsync(
            $"{Counted.Of(archive.Rollouts.Count - deleted.Count, "rollout")} joined from {file}.");
        return deleted.Count == 0
            ? null
            : $"The fleet has deleted {string.Join(", ", deleted.Select(name => $"'{name}'"))} and takes nothing of it back. " +
                "Make it anew with 'snapback apply'.";
    }

    private static async Task<StoreArchive> FromAsync(ParseResult parsed)
    {
        if (parsed.GetValue(Redis) is { } connection)
        {
            return await FleetArchive.ExportAsync(Options(parsed, connection));
        }

        if (!File.Exists(Path.Combine(Directory(parsed), "snapback.db")))
        {
            throw new FileNotFoundException($"There is no store in '{Directory(parsed)}'. Name its directory with --data, or a Redis with --redis.");
        }

        await using var store = EmbeddedStore.Open(Directory(parsed));
        return await StoreArchive.OfAsync(store);
    }

    private static string Directory(ParseResult parsed) => parsed.GetValue(Data) ?? new Settings().DataDirectory;

    private static FleetOptions Options(ParseResult parsed, string connection) => new(connection) { Prefix = parsed.GetValue(Prefix)! };

    private static string Rollouts(StoreArchive archive) => Counted.Of(archive.Rollouts.Count, "rollout");

    private static async Task<int> RunAsync(ParseResult parsed, Func<Task<string?>> work)
    {
        string? problem;
        try
        {
            problem = await work();
        }
        catch (Exception e) when (e is StoreUnavailableException or IOException or UnauthorizedAccessException)
        {
            problem = parsed.GetValue(Redis) is null || e is not StoreUnavailableException
                ? e.Message
                : $"{e.Message.TrimEnd('.')}. Check --redis: host:port, with ',user=…,password=…,ssl=true' behind it where needed.";
        }

        if (problem is null)
        {
            return ExitCodes.Done;
        }

        await parsed.InvocationConfiguration.Error.WriteLineAsync(problem);
        return Failed;
    }
}
