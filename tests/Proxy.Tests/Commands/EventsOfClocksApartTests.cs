using Snapback.Proxy.Commands;
using Xunit;

namespace Snapback.Proxy.Tests.Commands;

/// <summary>The lines of one history are written by several replicas, each with its own clock.</summary>
public sealed class EventsOfClocksApartTests
{
    /// <summary>The one that rolled back was two minutes behind the one that started it, and the mail's was right.</summary>
    [Fact]
    public async Task What_came_later_stands_later_though_the_clock_that_it_was_written_by_was_behind()
    {
        await using var admin = await FakeAdmin.SayingAsync(
            $"[{Samples.Climbing},{Samples.Idle}]",
            $"[{Line("rolled-back", 8, "14:59:10")},{Line("advanced", 7, "15:01:07")},{Line("started", 6, "15:00:00")}]",
            $"[{Line("drilled", 1, "15:00:30")}]");

        var said = await Cli.RunAsync(admin, "events", "--last", "3");

        Assert.Equal(
            [
                "2026-11-23 15:00:30  mail          drilled      ada       It is drilled.",
                "2026-11-23 15:01:07  payments-api  advanced     ada       It is advanced.",
                "2026-11-23 14:59:10  payments-api  rolled-back  ada       It is rolled-back.",
            ],
            said.Lines);
    }

    private static string Line(string kind, int revision, string at) =>
        $$"""{"id":"{{revision}}","at":"2026-11-23T{{at}}Z","kind":"{{kind}}","by":"ada","generation":3,"revision":{{revision}},"sentence":"It is {{kind}}."}""";
}
