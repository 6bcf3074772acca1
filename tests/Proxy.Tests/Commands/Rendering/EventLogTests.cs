using Xunit;

namespace Snapback.Proxy.Tests.Commands.Rendering;

public sealed class EventLogTests
{
    [Fact]
    public async Task On_a_terminal_a_long_event_is_not_broken_in_its_word()
    {
        const string failed =
            """[{"id":"d","at":"2026-11-23T16:00:00Z","kind":"drill-failed","by":"bob","generation":0,"revision":1,"sentence":"Drill failed."}]""";
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing, failed);

        var said = await Cli.RunAsync(admin, Cli.Host with { OpenConsole = FakeTerminal.Open }, "events", "payments-api");

        Assert.Contains("drill-failed", said.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_plan_after_a_rollback_is_no_alarm()
    {
        const string replanned =
            """
            [{"at":"2026-11-23T16:01:00Z","kind":"replanned","by":"bob","phase":"RolledBack","sentence":"The plan was replaced."},
             {"at":"2026-11-23T16:00:00Z","kind":"rolled-back","by":"judge","phase":"RolledBack","sentence":"Rolled back v1."}]
            """;
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing, replanned);

        var said = await Cli.RunAsync(admin, Cli.Host with { OpenConsole = FakeTerminal.Open }, "history", "payments-api");

        Assert.Contains("\e[38;5;9mrolled-back", said.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[38;5;9mreplanned", said.Out, StringComparison.Ordinal);
    }
}
