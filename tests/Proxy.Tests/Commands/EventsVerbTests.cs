using System.Text.Json;
using Snapback.Proxy.Commands;
using Xunit;

namespace Snapback.Proxy.Tests.Commands;

public sealed class EventsVerbTests
{
    private const string Planned =
        """{"id":"p","at":"2026-11-23T14:00:00Z","kind":"planned","by":"ada","phase":"Idle","weight":0,"generation":2,"revision":9,"sentence":"The plan was created."}""";
    private const string Started =
        """{"id":"s","at":"2026-11-23T15:01:07Z","kind":"started","by":"ada","reason":"release 42","phase":"Progressing","weight":5,"generation":3,"revision":7,"version":"v42","sentence":"Version 'v42' started at 5%."}""";
    private const string RolledBack =
        """{"id":"r","at":"2026-11-23T15:02:11Z","kind":"rolled-back","by":"judge","phase":"RolledBack","weight":0,"generation":3,"revision":8,"version":"v42","sentence":"Rolled back v42 (5% → 0%): 4 of its last 14 requests failed."}""";
    private const string Drilled =
        """{"id":"d","at":"2026-11-23T16:00:00Z","kind":"drilled","by":"bob","phase":"Idle","weight":0,"generation":0,"revision":1,"sentence":"It's passed."}""";
    private const string Before = $"[{Started},{Planned}]";
    private const string After = $"[{RolledBack},{Started},{Planned}]";
    private const string StartedLine = "2026-11-23 15:01:07  payments-api  started      ada       Version 'v42' started at 5%. Reason: release 42";
    private const string RolledBackLine =
        "2026-11-23 15:02:11  payments-api  rolled-back  judge     Rolled back v42 (5% → 0%): 4 of its last 14 requests failed.";

    private static readonly string Quiet = Replica("payments-api", "mail") + Rollout(3, 7, "Progressing");
    private static readonly string Down = Quiet + Rollout(3, 8, "RolledBack");

    [Fact]
    public async Task What_happened_last_to_all_rollouts_stands_together_newest_last_one_line_each()
    {
        await using var admin = await FakeAdmin.SayingAsync($"[{Samples.Climbing},{Samples.Idle}]", Before, $"[{Drilled}]");

        var said = await Cli.RunAsync(admin, "events", "--last", "2");

        Assert.Equal(["/api/rollouts", "/api/rollouts/payments-api/history", "/api/rollouts/mail/history"], admin.Asked.Select(asked => asked.Path));
        Assert.Equal([StartedLine, "2026-11-23 16:00:00  mail          drilled      bob       It's passed."], said.Lines);
        Assert.Equal((ExitCodes.Done, ""), (said.Code, said.Error));
    }

    [Fact]
    public async Task On_a_terminal_a_long_sentence_stays_in_its_column()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing, After);

        var said = await Cli.RunAsync(admin, Cli.Host with { OpenConsole = FakeTerminal.Open }, "events", "payments-api");

        Assert.Contains("WHAT", said.Lines[0], StringComparison.Ordinal);
        Assert.Contains("\u001b[", said.Out, StringComparison.Ordinal);
        Assert.Equal("14 requests failed.", said.Lines[^1].Trim());
        Assert.StartsWith(new string(' ', 19 + 2 + 12 + 2 + 11 + 2 + 8 + 2), said.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_one_object_a_line_with_the_name_first_and_nothing_else()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing, After);

        var said = await Cli.RunAsync(admin, "events", "payments-api", "--json");

        Assert.Equal(
            ["planned", "started", "rolled-back"],
            said.Lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString()));
        Assert.StartsWith("""{"name":"payments-api","at":"2026-11-23T15:02:11""", said.Lines[^1], StringComparison.Ordinal);
        Assert.Contains("(5% → 0%)", said.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Following_tells_what_is_new_once_and_goes_on_after_a_break_where_it_was()
    {
        await using var admin = await FakeAdmin.SayingAsync(
            $"[{Samples.Climbing}]", Before, Down, After, Replica("payments-api", "mail"), Down);

        var said = await FollowAsync(admin, asked: 6, "events", "--follow", "--last", "1");

        Assert.Equal([StartedLine, RolledBackLine], said.Lines);
        Assert.Equal(ExitCodes.Done, said.Code);
        Assert.Equal(("/api/events", null), (admin.Asked[2].Path, admin.Asked[2].After));
        Assert.Equal(("/api/events", "x-8"), (admin.Asked[4].Path, admin.Asked[4].After));
        Assert.StartsWith(
            $"The admin side at {admin.Url}/ is gone: it ended the stream of events. Trying again until it is back.\nThe admin side is back.\n",
            said.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_recent_lines_only_what_comes_is_told_and_of_another_rollout_nothing()
    {
        await using var admin = await FakeAdmin.SayingAsync(
            Samples.Climbing,
            Before,
            Replica("payments-api", "mail") + Rollout(9, 9, "Baking", "mail") + Rollout(3, 8, "RolledBack"),
            After,
            Quiet);

        var said = await FollowAsync(admin, asked: 5, "events", "payments-api", "--follow", "--last", "0");

        Assert.Equal([RolledBackLine], said.Lines);
        Assert.DoesNotContain("/api/rollouts/mail/history", admin.Asked.Select(asked => asked.Path));
    }

    [Fact]
    public async Task A_rollback_is_told_although_the_store_is_away_and_not_again_when_its_line_is_there()
    {
        var away = new Canned(503, """{"detail":"The store cannot be read now."}""");
        await using var admin = await FakeAdmin.StartAsync(
            Samples.Climbing,
            Before,
            Down,
            away,
            away,
            away,
            Quiet + Rollout(4, 1, "Progressing"),
            After.Replace(
                "[",
                """[{"id":"t","at":"2026-11-23T15:09:00Z","kind":"started","by":"ada","generation":4,"revision":1,"sentence":"Again."},""",
                StringComparison.Ordinal),
            Replica("payments-api"));

        var said = await FollowAsync(admin, asked: 9, "events", "payments-api", "--follow", "--last", "1");

        Assert.Equal(
            [
                StartedLine,
                "2026-11-23 15:00:00  payments-api  status       -         RolledBack at 0% v42",
                "2026-11-23 15:09:00  payments-api  started      ada       Again."
            ],
            said.Lines);
        Assert.Contains("The store cannot be read now. What holds is shown without who did it.\n", said.Error, StringComparison.Ordinal);
        Assert.Equal(1, said.Error.Split("cannot be read").Length - 1);
    }

    [Fact]
    public async Task A_history_that_is_short_for_a_while_is_not_told_again_when_it_is_whole()
    {
        var again = Rollout(4, 1, "Progressing");
        await using var admin = await FakeAdmin.SayingAsync(
            Samples.Climbing,
            Before,
            Down,
            $"[{RolledBack}]",
            Quiet + again,
            After.Replace(
                "[",
                """[{"id":"t","at":"2026-11-23T15:09:00Z","kind":"started","by":"ada","generation":4,"revision":1,"sentence":"Again."},""",
                StringComparison.Ordinal),
            Replica("payments-api"));

        var said = await FollowAsync(admin, asked: 7, "events", "payments-api", "--follow");

        Assert.Equal(
            ["planned", "started", "rolled-back", "started"],
            said.Lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3]));
    }

    [Fact]
    public async Task A_rollout_that_is_new_is_told_from_its_beginning()
    {
        const string made =
            """{"id":"m","at":"2026-11-23T15:00:00Z","kind":"planned","by":"ada","generation":0,"revision":0,"sentence":"The plan was created."}""";
        await using var admin = await FakeAdmin.SayingAsync(
            $"[{Samples.Climbing}]", Before, Quiet + Rollout(0, 0, "Idle", "mail"), $"[{made}]", Replica("payments-api", "mail"));

        var said = await FollowAsync(admin, asked: 5, "events", "--follow", "--last", "0");

        Assert.Equal(["2026-11-23 15:00:00  mail          planned      ada       The plan was created."], said.Lines);
    }

    [Fact]
    public async Task The_end_of_the_one_that_is_followed_ends_it()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing, Before, Quiet + Replica("mail"));

        var said = await Cli.RunAsync(admin, "events", "payments-api", "--follow", "--last", "0");

        Assert.Equal((ExitCodes.Done, ""), (said.Code, said.Error));
        Assert.EndsWith(
            "payments-api  deleted      -         The rollout was deleted, and its history with it.\n",
            said.Out,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_deleted_while_the_stream_was_broken_is_told_once_it_is_back()
    {
        await using var admin = await FakeAdmin.SayingAsync(
            $"[{Samples.Climbing},{Samples.Idle}]", Before, Before, Quiet, Replica("payments-api"), Replica("payments-api"));

        var said = await FollowAsync(admin, asked: 6, "events", "--follow", "--last", "0");

        Assert.EndsWith(
            "  mail          deleted      -         The rollout was deleted, and its history with it.",
            Assert.Single(said.Lines),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 7)]
    [InlineData(4, 1)]
    public async Task What_was_deleted_and_made_anew_while_the_stream_was_broken_is_told_as_both(int generation, int revision)
    {
        var made =
            $$"""[{"id":"m","at":"2026-11-23T16:00:00Z","kind":"planned","by":"ada","generation":{{generation}},"revision":{{revision}},"sentence":"The plan was created."}]""";
        var anew = Replica("payments-api") + Rollout(generation, revision, "Idle", created: "2026-11-23T16:00:00Z");
        await using var admin = await FakeAdmin.SayingAsync(
            Listed(3, 7), Before, Replica("payments-api") + Rollout(3, 7, "Progressing"), anew, made, anew, anew);

        var said = await FollowAsync(admin, asked: 6, "events", "--follow", "--last", "0");

        Assert.Equal(
            [
                "2026-11-23 16:00:00  payments-api  deleted      -         The rollout was deleted, and its history with it.",
                "2026-11-23 16:00:00  payments-api  planned      ada       The plan was created.",
            ],
            said.Lines);
    }

    [Fact]
    public async Task Of_two_plans_of_a_start_without_Redis_the_one_that_gives_way_was_not_deleted()
    {
        var other = Replica("payments-api") + Rollout(0, 0, "Idle", created: "2026-11-23T15:00:01Z");
        await using var admin = await FakeAdmin.SayingAsync(Listed(0, 0), "[]", other, other, other);

        var said = await FollowAsync(admin, asked: 5, "events", "--follow", "--last", "0");

        Assert.Equal("", said.Out);
    }

    [Fact]
    public async Task A_replica_that_comes_back_without_its_store_has_deleted_nothing()
    {
        await using var admin = await FakeAdmin.SayingAsync(
            $"[{Samples.Climbing},{Samples.Idle}]",
            Before,
            Before,
            Quiet,
            Replica("mail").Replace("true", "false", StringComparison.Ordinal),
            Quiet,
            Quiet);

        var said = await FollowAsync(admin, asked: 6, "events", "--follow", "--last", "0");

        Assert.Equal("", said.Out);
    }

    [Fact]
    public async Task A_stream_that_is_refused_is_said_in_the_admin_sides_words()
    {
        await using var admin = await FakeAdmin.StartAsync(Samples.Climbing, Before, new Canned(503, """{"detail":"64 streams are open."}"""));

        var said = await Cli.RunAsync(admin, "events", "payments-api", "--follow", "--last", "0");

        Assert.Equal((ExitCodes.Refused, "64 streams are open.\n"), (said.Code, said.Error));
    }

    [Fact]
    public async Task A_proxy_that_stands_still_is_noticed()
    {
        await using var admin = await FakeAdmin.StartAsync(Samples.Climbing, Before, Replica("payments-api"), new Canned(Canned.Silence, ""));

        var said = await FollowAsync(
            admin,
            asked: 5,
            Cli.Host with { AnswerWithin = TimeSpan.FromMilliseconds(50) },
            "events",
            "payments-api",
            "--follow",
            "--last",
            "0");

        Assert.Equal(1, said.Error.Count(letter => letter == '\n'));
    }

    private static Task<Said> FollowAsync(FakeAdmin admin, int asked, params string[] args) => FollowAsync(admin, asked, Cli.Host, args);

    /// <summary>Until it has asked so often, and some more.</summary>
    private static async Task<Said> FollowAsync(FakeAdmin admin, int asked, ClientHost host, params string[] args)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var following = Cli.RunUntilAsync(host, [.. args, "--admin", admin.Url], stop.Token);
        while (admin.Asked.Count <= asked && !following.IsCompleted)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        return await following;
    }

    private static string Replica(params string[] names) =>
        $"id: x-8\nevent: replica\ndata: {{\"replica\":\"r1\",\"storeUp\":true,\"rollouts\":{JsonSerializer.Serialize(names)}}}\n\n:\n\n";

    private static string Listed(int generation, int revision) =>
        $$"""[{"name":"payments-api","phase":"Idle","generation":{{generation}},"revision":{{revision}},"created":"2026-11-23T14:00:00Z","since":"2026-11-23T15:00:00Z"}]""";

    private static string Rollout(
        int generation, int revision, string phase, string name = "payments-api", string created = "2026-11-23T14:00:00Z") =>
        $"id: x-8\nevent: rollout\ndata: {{\"name\":\"{name}\",\"created\":\"{created}\",\"phase\":\"{phase}\",\"weight\":0,\"generation\":{generation},\"revision\":{revision},\"version\":\"v42\",\"since\":\"2026-11-23T15:00:00Z\"}}\n\n";
}
