using Snapback.LoadTests.Scenarios;

// Bounded scenarios on loopback; each starts what it needs and stops it.
const string usage = "dotnet run -c Release --project loadtests -- snapback [--rounds N] [--rps N] [--json]";

if (args is not ["snapback", ..])
{
    Console.Error.WriteLine($"Name a scenario. Usage: {usage}");
    return 64;
}

var rounds = Number("--rounds", 20, 1000);
var perSecond = Number("--rps", 2000, 20_000);
if (rounds is null || perSecond is null)
{
    return 64;
}

return await SnapbackScenario.RunAsync(rounds.Value, perSecond.Value, args.Contains("--json"));

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

    Console.Error.WriteLine($"{option} wants a whole number from 1 to {most}. Usage: {usage}");
    return null;
}
