using System.Text.Json;
using Snapback.Proxy.Commands;
using Xunit;

namespace Snapback.Proxy.Tests.Commands;

public sealed class StatusVerbTests
{
    [Fact]
    public async Task A_limit_near_all_is_told_as_it_is()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.RolledBack
            .Replace("\"limit\":99.5", "\"limit\":99.9999", StringComparison.Ordinal)
            .Replace("\"requests\":100,\"successRate\":100", "\"requests\":100000,\"failures\":1,\"successRate\":99.999", StringComparison.Ordinal));

        var said = await Cli.RunAsync(admin, "status", "checkout");

        Assert.Contains("71.43% observed, 99.9999% wanted", said.Out, StringComparison.Ordinal);
        Assert.Contains(" 99.999% ", said.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_name_the_only_rollout_is_shown()
    {
        await using var admin = await FakeAdmin.SayingAsync($"[{Samples.Climbing}]", Samples.Climbing);

        var said = await Cli.RunAsync(admin, "status");

        Assert.Equal(["/api/rollouts", "/api/rollouts/payments-api"], admin.Asked.Select(asked => asked.Path));
        Assert.Contains("step 1 of 4", said.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_name_several_are_listed_but_only_one_can_be_watched()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.All);

        var listed = await Cli.RunAsync(admin, "status");
        var watched = await Cli.RunAsync(admin, "status", "--watch");

        Assert.Contains("NEXT GATE", listed.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, watched.Code);
        Assert.Contains("payments-api, checkout, search, mail", watched.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("status")]
    [InlineData("status", "x")]
    public async Task Json_is_the_answer_unchanged_but_indented(params string[] args)
    {
        await using var admin = await FakeAdmin.SayingAsync("""[{"weight":5.10,"new":"it's → fine","deep":[1]}]""");

        var said = await Cli.RunAsync(admin, [.. args, "--json"]);

        Assert.Contains("\"weight\": 5.10", said.Out, StringComparison.Ordinal);
        Assert.Contains("it's → fine", said.Out, StringComparison.Ordinal);
        Assert.Equal(1, JsonDocument.Parse(said.Out).RootElement[0].GetProperty("deep")[0].GetInt32());
    }

    [Fact]
    public async Task Requests_whose_arm_a_tester_chose_are_told_apart_from_the_figures_and_only_where_there_are_any()
    {
        await using var admin = await FakeAdmin.SayingAsync(
            Samples.Climbing, Samples.Climbing.Replace("\"requests\":812", "\"forced\":1,\"requests\":812", StringComparison.Ordinal));

        Assert.DoesNotContain("Overrides", (await Cli.RunAsync(admin, "status", "payments-api")).Out, StringComparison.Ordinal);
        Assert.Contains(
            "Overrides   1 request to the canary and 0 to stable, in none of these figures",
            (await Cli.RunAsync(admin, "status", "payments-api")).Out,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("status")]
    [InlineData("history", "payments-api")]
    [InlineData("events", "--last", "0")]
    public async Task A_store_that_is_away_is_said_beside_the_rows(params string[] args)
    {
        const string away = "Redis at r1:6379 is away: there is no connection. A rollback works as always; nothing goes up until it is back.";
        var rollout = Samples.Climbing.Replace("\"rollback\":null", $"\"store\":\"{away}\"", StringComparison.Ordinal);
        string[] answers = args[0] == "history" ? [rollout, "[]"] : [$"[{rollout},{Samples.Idle}]", "[]", "[]"];
        await using var admin = await FakeAdmin.SayingAsync(answers);

        var said = await Cli.RunAsync(admin, args);

        Assert.Equal((ExitCodes.Done, away), (said.Code, said.Error.TrimEnd()));
        Assert.DoesNotContain("is away", said.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_is_away_stands_on_the_screen_of_one()
    {
        await using var admin = await FakeAdmin.SayingAsync(
            Samples.Climbing.Replace("\"rollback\":null", "\"store\":\"The store is away.\"", StringComparison.Ordinal));

        Assert.Equal("The store is away.", (await Cli.RunAsync(admin, "status", "x")).Lines[1].Trim());
    }

    [Fact]
    public async Task Watching_into_a_pipe_prints_one_line_per_change_until_the_end()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing, Samples.Climbing, Samples.Higher, Samples.RolledBack);

        var said = await Cli.RunAsync(admin, "status", "x", "--watch");

        Assert.Equal(ExitCodes.Done, said.Code);
        Assert.Equal(3, said.Lines.Length);
        Assert.Equal("x: RolledBack at 0% (success-rate, by the judge)", said.Lines[^1]);
    }

    [Fact]
    public async Task Watching_on_a_terminal_redraws_the_screen_and_says_when_it_is_old()
    {
        await using var admin = await FakeAdmin.StartAsync(Samples.Climbing, new Canned(Canned.Hangup, ""), Samples.Promoted);

        var host = Cli.Host with { Patience = TimeSpan.FromMinutes(1), OpenConsole = FakeTerminal.Open };

        var said = await Cli.RunAsync(admin, host, "status", "x", "-w");

        Assert.Equal(ExitCodes.Done, said.Code);
        Assert.Contains("hold 10m, 6m left", said.Out, StringComparison.Ordinal);
        Assert.Contains("Shown is what was seen last.", said.Out.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("Promoted", said.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_failures_come_from_is_shown_where_a_place_stands_out()
    {
        const string sentence = "5 of the 5 failures (100%) are on route 'orders', which has 5% of the canary's requests.";
        await using var admin = await FakeAdmin.SayingAsync(
            Samples.Climbing.Replace(
                "\"rollback\":null", $"\"failureDetails\":{{\"sentence\":\"{sentence}\"}}", StringComparison.Ordinal));

        var said = await Cli.RunAsync(admin, "status", "x");

        Assert.Contains(sentence, string.Join(' ', said.Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_ends_a_watch_well()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        var said = await Cli.RunUntilAsync(Cli.Host, ["status", "x", "--watch", "--admin", admin.Url], stop.Token);

        Assert.Equal((ExitCodes.Done, ""), (said.Code, said.Error));
    }
}
