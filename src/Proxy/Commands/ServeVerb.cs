using System.CommandLine;
using Snapback.Control;
using Snapback.Control.Plans;
using Snapback.Control.Sharing.Fleet;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Commands;

/// <summary><c>snapback serve</c>, and what a bare <c>snapback</c> does.</summary>
internal static class ServeVerb
{
    private static readonly Settings Defaults = new();

    private static readonly Option<string> Urls = new("--urls")
    {
        HelpName = "URLS",
        Description = "Traffic listens here.",
        DefaultValueFactory = _ => Defaults.Urls,
    };
    private static readonly Option<string> AdminUrls = new("--admin-urls")
    {
        HelpName = "URLS",
        Description = "The admin side listens here.",
        DefaultValueFactory = _ => Defaults.AdminUrls,
    };
    private static readonly Option<string?> FlagsUrls = new("--flags-urls")
    {
        HelpName = "URLS",
        Description = "Applications ask for feature flags here; only the admin side answers if absent.",
    };
    private static readonly Option<string?> Config = new("--config")
    {
        HelpName = "FILE",
        Description = "A second appsettings file, on top of the one beside the executable.",
    };
    private static readonly Option<string[]> Plan = new("--plan")
    {
        HelpName = "FILE",
        Description = "A plan in YAML or JSON; repeatable.",
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<string[]> Stable = new("--stable")
    {
        HelpName = "URL",
        Description = "URL of a stable destination; repeatable (the sidecar form).",
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<string[]> Canary = new("--canary")
    {
        HelpName = "URL",
        Description = "URL of a canary destination; repeatable.",
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<string> Data = new("--data")
    {
        HelpName = "DIR",
        Description = "Directory of the embedded store.",
        DefaultValueFactory = _ => Defaults.DataDirectory,
    };
    private static readonly Option<string?> Redis = new("--redis")
    {
        HelpName = "HOST:PORT",
        Description = "Share the rollouts with other replicas through this Redis, as host:port.",
    };
    private static readonly Option<string> Replica = new("--replica")
    {
        HelpName = "NAME",
        Description = "This replica's name in records.",
        DefaultValueFactory = _ => Defaults.Replica,
    };
    private static readonly Option[] Options = [Urls, AdminUrls, FlagsUrls, Config, Plan, Stable, Canary, Data, Redis, Replica];

    public static Command Define()
    {
        var command = new Command("serve", "Run the proxy (the default).");
        AddTo(command);
        return command;
    }

    /// <summary>The root command serves too: <c>snapback --stable URL --canary URL</c> is the sidecar form.</summary>
    public static void AddTo(Command command)
    {
        foreach (var option in Options)
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        try
        {
            await ServeAsync(parsed, stop);
            return ExitCodes.Done;
        }
        catch (ConfigurationProblems e)
        {
            var what = e.Problems.Count == 1 ? "one thing is" : $"{e.Problems.Count} things are";
            await Console.Error.WriteLineAsync($"snapback cannot start; {what} wrong:");
            foreach (var problem in e.Problems)
            {
                await Console.Error.WriteLineAsync("  " + problem);
            }

            return ExitCodes.Configuration;
        }
    }

    private static async Task ServeAsync(ParseResult parsed, CancellationToken stop)
    {
        var configuration = ConfigurationFiles.Load(parsed.GetValue(Config));
        var problems = new List<string>();
        var settings = ConfigurationFiles.Merge(
            Read(parsed),
            configuration,
            option => parsed.GetResult(option) is System.CommandLine.Parsing.OptionResult { Implicit: false },
            problems);
        var imported = new List<(string File, PlanResult Result)>();
        var plans = PlanFiles.Read(settings, configuration, problems, imported);
        problems.AddRange(DeadEnds.Of(settings, configuration));
        await using var logs = Logs.TryOpen(configuration, problems);
        if (problems.Count > 0)
        {
            throw new ConfigurationProblems([.. problems, .. await Preflight.ProblemsAsync(settings, configuration)]);
        }

        var logger = logs!.Logger;
        await using (var host = await SnapbackHost.StartAsync(settings, configuration, plans, logger))
        {
            Hello(host, settings, configuration, logger);
            foreach (var (file, result) in imported)
            {
                logger.Information(
                    "Imported {Manifest} of {File} as rollout {Rollout}: {Plan}. What else it means here: snapback plan check {File}",
                    result.From,
                    file,
                    result.Plan!.Name,
                    PlanVerb.Brief(result.Plan),
                    file);
                result.NotUnderstood.ToList().ForEach(problem => logger.Warning("Not understood: {Problem}", problem));
            }

            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
            using var hangUp = HangUp.Hear(configuration, end, logger);
            await Task.Delay(Timeout.Infinite, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            logger.Information("Draining: no new connections, requests in flight end.");
            await host.DrainAsync();
        }

        logger.Information("Stopped.");
    }

    private static void Hello(SnapbackHost host, Settings settings, IConfiguration configuration, Serilog.ILogger logger)
    {
        logger.Information(
            "Snapback {Version} serves {Traffic}, admin {Admin}, store {Store}.",
            Product.Version,
            string.Join(", ", host.TrafficAddresses),
            string.Join(", ", host.AdminAddresses),
            Path.GetFullPath(settings.DataDirectory));
        if (host.FlagsAddresses.Count > 0)
        {
            logger.Information("Applications ask for flags at {Flags}.", string.Join(", ", host.FlagsAddresses));
        }

        foreach (var live in host.Plane.Board.All)
        {
            var status = live.Status;
            logger.Information("Rollout {Rollout} is {Phase} at {Weight}%.", status.Name, status.Phase, status.Weight.Percent);
        }

        if (!settings.IsSidecar && !configuration.GetSection("ReverseProxy:Routes").GetChildren().Any())
        {
            logger.Warning(
                "No upstream is configured: every request gets 404. Start with --stable URL --canary URL, or fill the ReverseProxy section of appsettings.json.");
        }
    }

    private static Settings Read(ParseResult parsed) => new()
    {
        Urls = parsed.GetValue(Urls)!,
        AdminUrls = parsed.GetValue(AdminUrls)!,
        FlagsUrls = parsed.GetValue(FlagsUrls),
        ConfigFile = parsed.GetValue(Config),
        PlanFiles = [.. parsed.GetValue(Plan) ?? []],
        Stable = [.. parsed.GetValue(Stable) ?? []],
        Canary = [.. parsed.GetValue(Canary) ?? []],
        DataDirectory = parsed.GetValue(Data)!,
        Fleet = parsed.GetValue(Redis) is { } redis ? new FleetOptions(redis) : null,
        Replica = parsed.GetValue(Replica)!,
    };
}
