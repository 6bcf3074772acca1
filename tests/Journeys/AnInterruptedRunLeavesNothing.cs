using System.Diagnostics;

namespace Snapback.Journeys;

/// <summary>The runtime ends a process at SIGTERM without telling it since .NET 10: proxies, servers and browsers of a run had stayed behind.</summary>
public sealed class AnInterruptedRunLeavesNothing : Journey
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_journeys_started_ends_with_them(bool byTerminal)
    {
        var journeys = new ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, "Snapback.Journeys"), ["-method", "*A_demo_ends_in_its_story_or_after_it_by_either_signal"]);
        // What is killed removes no folder; this journey's own, with all of theirs in it, is removed at its end.
        journeys.Environment["TMPDIR"] = Folder.Path;
        var run = Own(Child.Start(journeys));
        var started = await Eventually.SeeAsync("it started something", () => Task.FromResult(StartedBy(run.Id)), ids => ids.Length > 0);

        // As kill does it, or a terminal that tells the run and not what it started.
        if (byTerminal)
        {
            run.Interrupt();
        }
        else
        {
            run.Terminate();
        }

        await run.ExitAsync();
        await Eventually.SeeAsync(
            "nothing is left",
            () => Task.FromResult(started.Where(id => Directory.Exists($"/proc/{id}")).ToArray()),
            left => left.Length == 0,
            TimeSpan.FromSeconds(5));
    }

    private static int[] StartedBy(int id) => [.. Directory.EnumerateDirectories($"/proc/{id}/task")
        .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(int.Parse)];
}
