using Snapback.LoadTests.Scenarios;

// Bounded scenarios; each starts what it needs and stops it.
const string command = "dotnet run -c Release --project loadtests --";
const string usage = $"""
    {command} snapback [--dead] [--rounds N] [--rps N] [--json]
    {command} judge [--runs N] [--json]
    """;

switch (args)
{
    case ["snapback", ..]:
        return Number("--rounds", 20, 1000) is { } rounds && Number("--rps", 2000, 20_000) is { } perSecond
            ? await SnapbackScenario.RunAsync(rounds, perSecond, args.Contains("--dead"), args.Contains("--json"))
            : 64;
    case ["judge", ..]:
        return Number("--runs", 20_000, 1_000_000) is { } runs ? JudgeScenario.Run(runs, args.Contains("--json")) : 64;
    default:
        Console.Error.WriteLine($"Name a scenario. Usage:\n{usage}");
        return 64;
}

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
