using System.Runtime.InteropServices;
using Snapback.LoadTests.Load;
using Snapback.LoadTests.Measuring;
using Snapback.LoadTests.Peers;
using Snapback.LoadTests.Scenarios;

// Bounded scenarios; each starts what it needs and stops it.
const string command = "dotnet run -c Release --project loadtests --";
const string usage = $"""
    {command} overhead [--short] [--tls] [--rounds N] [--json] [--save]   CPU time per request, beside nginx, HAProxy and YARP; with --tls over HTTPS
    {command} latency  [--short] [--rounds N] [--rps N] [--json] [--save]   what it adds at a fixed rate
    {command} scale    [--short] [--rounds N] [--rollouts N] [--json] [--save]   up to 10,000 rollouts, and a crowd of connections; with --rollouts so many only
    {command} startup  [--short] [--rounds N] [--json] [--save]   to the first answer, and to the steady cost
    {command} memory   [--short] [--json] [--save]
    {command} settings [--short] [--rounds N] [--json] [--save]   what each hosting setting brings
    {command} micro    [--short] [--rounds N] [--json] [--save] [--benchmarkdotnet]   ns and bytes per call
    {command} snapback [--dead] [--rounds N] [--rps N] [--json]   rollbacks under load
    {command} shield   [--rps N] [--posts N] [--gets] [--json]   who sees a canary fail, and (without --gets) what is sent twice
    {command} fleet    [--seconds N] [--simulate]   what replicas cost their Redis; a thousand of them in three regions, on simulated time
    {command} judge    [--runs N] [--json]   the judge against what is possible

    --save makes the run's ratios the baseline that later runs are compared with; what the run leaves out stays in it.
    """;

// A peer or a generator of a scenario's is this executable again.
if (FixedRate.Run(args) || await YarpPeer.RunAsync(args))
{
    return 0;
}

// The runtime ends a process at these without ProcessExit since .NET 10, and with that the peers are ended.
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, static _ => Environment.Exit(130));
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, static _ => Environment.Exit(143));
using var abandoned = PosixSignalRegistration.Create(PosixSignal.SIGHUP, static _ => Environment.Exit(129));

if (args.Any(arg => arg is "--help" or "-h" or "-?"))
{
    Console.WriteLine(usage);
    return 0;
}

try
{
    return await ScenarioAsync();
}
catch (InvalidOperationException e)
{
    Console.Error.WriteLine($"\n{e.Message}");
    return 1;
}

async Task<int> ScenarioAsync()
{
    switch (args)
    {
        case ["overhead", ..]:
            return Run(5) is { } overhead ? await OverheadScenario.RunAsync(overhead, args.Contains("--tls")) : 64;
        case ["latency", ..]:
            return Run(5) is { } latency && Number("--rps", 1, 20_000) is { } rate
                ? await LatencyScenario.RunAsync(latency, args.Contains("--rps") ? [rate] : LatencyScenario.Rates)
                : 64;
        case ["scale", ..]:
            var only = args.Contains("--rollouts") ? Number("--rollouts", 1_000, 10_000) : null;
            return Run(args.Contains("--short") ? 30 : 60) is { } scale && (only is > 1 || !args.Contains("--rollouts"))
                ? await ScaleScenario.RunAsync(scale, only)
                : 64;
        case ["startup", ..]:
            return Run(7) is { } startup ? await StartupScenario.RunAsync(startup) : 64;
        case ["memory", ..]:
            return Run(1) is { } memory ? await MemoryScenario.RunAsync(memory) : 64;
        case ["settings", ..]:
            return Run(5) is { } settings ? await SettingsScenario.RunAsync(settings) : 64;
        case ["micro", ..]:
            return args.Contains("--benchmarkdotnet") ? MicroScenario.BenchmarkDotNet()
                : Run(args.Contains("--short") ? 5 : 15) is { } micro ? MicroScenario.Run(micro)
                : 64;
        case ["snapback", ..] when !ProductRuntime.IsHere:
            // The proxy is in this process, and how soon its code is good depends on them.
            return await ProductRuntime.RunAgainAsync(args);
        case ["snapback", ..]:
            return Number("--rounds", 20, 1000) is { } rounds && Number("--rps", 2000, 20_000) is { } perSecond
                ? await SnapbackScenario.RunAsync(rounds, perSecond, args.Contains("--dead"), args.Contains("--json"))
                : 64;
        case ["shield", ..]:
            return Number("--rps", 5_000, 20_000) is { } gets && Number("--posts", 100_000, 1_000_000) is { } posts
                ? await ShieldScenario.RunAsync(gets, args.Contains("--gets") ? 0 : posts, args.Contains("--json"))
                : 64;
        case ["fleet", ..]:
            return Number("--seconds", 5, 60) is not { } seconds ? 64
                : args.Contains("--simulate") ? await FleetScenario.SimulateAsync(seconds)
                : await FleetScenario.RunAsync(seconds);
        case ["judge", ..]:
            return Number("--runs", 20_000, 1_000_000) is { } runs ? JudgeScenario.Run(runs, args.Contains("--json")) : 64;
        default:
            Console.Error.WriteLine($"Name a scenario. Usage:\n{usage}");
            return 64;
    }
}

Run? Run(int rounds) => Number("--rounds", rounds, 100) is { } given
    ? new Run(args.Contains("--short"), args.Contains("--json"), args.Contains("--save"), given)
    : null;

int? Number(string option, int standard, int most)
{
    var at = Array.IndexOf(args, option);
    if (at < 0)
    {
        return standard;
    }

    if (at + 1 < args.Length && int.TryParse(args[at + 1], out var number) && number > 0 && number <= most)
    {
        return number;
    }

    Console.Error.WriteLine($"{option} wants a whole number from 1 to {most}. Usage:\n{usage}");
    return null;
}
