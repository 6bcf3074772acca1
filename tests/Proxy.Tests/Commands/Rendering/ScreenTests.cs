using Snapback.Proxy.Commands;
using Snapback.Proxy.Commands.Rendering;
using Xunit;

namespace Snapback.Proxy.Tests.Commands.Rendering;

public sealed class ScreenTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    public async Task A_climbing_rollout_shows_weight_gate_both_arms_and_the_verdict(int width)
    {
        var screen = await ShowAsync(width, Samples.Climbing, "status", "x");

        AssertHas(screen, "payments-api", "▲ Progressing", "5%", "step 1 of 4", "v42 against stable v41", "stable 95%", "5% canary",
            "hold 10m, 6m left; 812 of 1,000 requests", "requests", "15,428", "812", "failures", "slow", "99.63%", "p50", "p95", "p99",
            "91 ms", "in flight", "✓ Pass", "3 of 812 canary requests failed", "12% of a rollback", "payments-team");
        AssertHasNot(screen, "IS OFF", "Rolled back");
    }

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    public async Task A_rollback_shows_its_whole_record(int width)
    {
        var screen = await ShowAsync(width, Samples.RolledBack, "status", "x");

        AssertHas(screen, "↺ RolledBack", "success-rate: 71.43% observed, 99.5% wanted; 4 bad of 14", "4 of its last 14 requests failed",
            "1.6 µs", "0 canary requests after it", "2 in flight at it", "1 failed for a user", "3 shielded",
            "812 ms of 5m allowed, in time", "by the judge", "edge-1", "2026-11-23 15:02:11 UTC", "0123456789ab against stable v41",
            "100% of a rollback");
        Assert.Equal(1, screen.Split("4 of its last 14").Length - 1);
    }

    [Theory]
    [InlineData("Frozen", "FROZEN, AND NOT ROLLED BACK (onBreach: freeze): the canary broke p95.")]
    [InlineData("Progressing", "TOLD, AND NOT ROLLED BACK (onBreach: notify): the canary broke p95.")]
    public async Task A_breach_that_does_not_roll_back_is_told_once(string phase, string told)
    {
        var screen = await ShowAsync(
            80,
            $$"""{"name":"x","phase":"{{phase}}","weight":5,"reason":"{{told}}","verdict":{"state":"Breach","evidence":1,"explanation":"{{told}}"} }""",
            "status",
            "x");

        AssertHas(screen, "✗ Breach");
        Assert.Equal(1, screen.Split("NOT ROLLED BACK").Length - 1);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    public async Task A_rollout_without_its_safety_net_says_so_before_anything_else(int width)
    {
        var screen = await ShowAsync(width, Samples.ByHandWithoutNet, "status", "x");

        AssertHas(screen, "AUTOMATIC ROLLBACK IS OFF", "'snapback rollback x'", "Automatic advance is off", "Sticky arms are off",
            "weight set by hand", "load test until noon");
        Assert.True(screen.IndexOf("IS OFF", StringComparison.Ordinal) < screen.IndexOf("Version", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("late", """{"name":"x","phase":"RolledBack","rollback":{"trigger":"operator","authority":"operator","by":"bob","deadlineMs":1000,"tookMs":1500}}""",
        "1500 ms of 1s allowed, LATE", "by bob (operator)", "Trigger     operator")]
    [InlineData("unknown", """{"name":"x","phase":"Levitating","weight":1}""", "? Levitating", "stable 99%")]
    [InlineData("nearly empty", """{"name":"x","phase":"Idle"}""", "○ Idle", "Generation  0, revision 0")]
    [InlineData("nothing seen",
        """{"name":"x","phase":"Idle","arms":{"stable":{},"canary":{"successRate":100,"p95Ms":0}}}""",
        "○ Idle", "canary         0         0     0        -")]
    public async Task Whatever_is_missing_or_new_still_draws(string what, string status, params string[] words)
    {
        Assert.NotEmpty(what);
        AssertHas(await ShowAsync(80, status, "status", "x"), words);
    }

    [Theory]
    [InlineData(true, "shop-canary", true)]
    [InlineData(false, "shop-canary", false)]
    [InlineData(true, "shop-stable", false)]
    public async Task Arms_that_have_changed_roles_are_told_by_their_clusters(bool swapped, string canary, bool told)
    {
        var screen = await ShowAsync(
            80,
            $$"""{"name":"x","phase":"Progressing","weight":5,"swapped":{{(swapped ? "true" : "false")}},"plan":{"stable":"shop-stable","canary":"{{canary}}"} }""",
            "status",
            "x");

        Assert.Equal(told, screen.Contains("have changed roles: stable is cluster 'shop-canary'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    public async Task The_list_shows_every_rollout_with_an_icon_and_a_word(int width)
    {
        var screen = await ShowAsync(width, Samples.All, "list");

        AssertHas(screen, "payments-api", "▲ Progressing", "1/4", "checkout", "↺ RolledBack", "0123456789ab", "success-rate,", "judge",
            "search", "‖ Paused", "12.5%", "by hand", "load test", "mail", "○ Idle");
    }

    [Theory]
    [InlineData("a-service-with-a-name-of-its-own-eu-west-1", "v42", false)]
    [InlineData("shop", "registry.example.com/shop:2026.11.30-rc.1", false)]
    [InlineData("a-service-with-a-very-long-name-of-its-own-in-eu-central-1-az-b", "registry.example.com/shop:2026.11.30-rc.1", false)]
    [InlineData("shop", "v42", true)]
    public async Task Long_names_and_versions_leave_the_sentences_of_the_list_whole(string name, string version, bool isTable)
    {
        var screen = await ShowAsync(
            80,
            $$"""[{"name":"{{name}}","phase":"Waiting","weight":5,"step":1,"steps":3,"version":"{{version}}","nextGate":"hold 10m, served; waits"}]""",
            "list");

        AssertHas(screen, name, version);
        Assert.Equal(isTable, screen.Contains("NEXT GATE", StringComparison.Ordinal));
        AssertHas(screen, "hold 10m, served; waits");

        // Only names stand at the margin, where the next rollout is looked for.
        Assert.All(screen.Split('\n').Skip(isTable ? 2 : 1), line => Assert.StartsWith("  ", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    public async Task The_list_says_how_much_of_the_traffic_a_shadow_step_copies(int width) => AssertHas(
        await ShowAsync(
            width, """[{"name":"x","phase":"Progressing","weight":0,"step":1,"steps":3,"shadow":{"share":20}}]""", "list"),
        "20% copied",
        "1/3");

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    public async Task The_list_says_where_a_canary_gets_nothing_whatever_the_weight(int width) => AssertHas(
        await ShowAsync(
            width,
            """[{"name":"x","phase":"Progressing","weight":20,"step":1,"steps":3,"nextGate":"hold 40s","fleet":{"heard":false,"withheld":true}}]""",
            "list"),
        "The fleet does",
        "gets nothing");

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    public async Task The_history_says_when_what_who_and_why(int width)
    {
        var screen = await ShowAsync(width, Samples.History, "history", "x");

        AssertHas(
            screen,
            "2026-11-23 15:02:11",
            "RolledBack",
            "judge",
            "4 of its last 14 requests failed",
            "Started v42 at 5 %. Reason: release 42",
            "ada");
    }

    [Theory]
    [InlineData("list", "No rollouts yet")]
    [InlineData("history", "Nothing has happened yet")]
    public async Task Nothing_to_show_is_said(string verb, string sentence) =>
        AssertHas(await ShowAsync(80, "[]", verb == "list" ? [verb] : [verb, "x"]), sentence);

    [Fact]
    public async Task A_history_that_cannot_be_read_is_not_said_to_be_empty()
    {
        await using var admin = await FakeAdmin.SayingAsync("""{"name":"x","phase":"Paused","store":"Redis is away."}""", "[]");
        var said = await Cli.RunAsync(admin, "history", "x");
        Assert.Equal(("No line can be read now.", "Redis is away."), (said.Out.Trim(), said.Error.Trim()));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("status")]
    [InlineData("history", "x")]
    public async Task A_table_in_a_pipe_has_a_line_for_each_row_however_long(params string[] args)
    {
        var name = string.Join('-', Enumerable.Repeat("a-name-that-is-long", 6));
        await using var admin = await SayingAsync(args, $$"""
            [{"name":"{{name}}","phase":"Progressing","weight":5,"step":1,"steps":3,"nextGate":"{{name}}","kind":"started","by":"{{name}}","sentence":"{{name}} {{name}}"},
             {"name":"b","phase":"Idle","weight":0,"kind":"planned"}]
            """);

        var said = await Cli.RunAsync(admin, Cli.Host with { OpenConsole = Consoles.Open }, args);

        Assert.Equal(3, said.Lines.Length);
        Assert.Contains(name, said.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_of_who_met_a_bad_version_has_a_line_for_each_in_a_pipe()
    {
        await using var admin = await SayingAsync(["history"], """
            [{"kind":"rolledBack","version":"v2","exposure":{"requests":100000000000000,"users":100000000000000,"bytes":9000000000000000000,"replicas":100000000,"from":"2026-11-23T15:02:11Z","to":"2026-12-23T16:03:12Z"}},
             {"kind":"rolledBack","version":"v1","exposure":{"requests":1,"from":"2026-11-22T15:02:11Z","to":"2026-11-22T15:02:12Z"}}]
            """);

        var said = await Cli.RunAsync(admin, Cli.Host with { OpenConsole = Consoles.Open }, "history", "x", "--exposure");

        Assert.Equal(3, said.Lines.Length);
        Assert.All(
            (string[])["v2", "2026-11-23 15:02:11", "9,000,000,000,000 MB"],
            word => Assert.Contains(word, said.Lines[1], StringComparison.Ordinal));
        Assert.Contains("v1", said.Lines[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    public async Task On_a_narrow_screen_who_met_a_bad_version_has_whole_words_and_figures(int width)
    {
        var screen = await ShowAsync(width, """
            [{"kind":"rolledBack","version":"sha256:1d7a363ce12430881ec56c9cf1409c49c491043618e598c356e2959040872f5a",
              "exposure":{"requests":12345,"users":1,"bytes":20000,"replicas":2,"from":"2026-11-23T15:02:11Z","to":"2026-11-23T15:02:12.5Z"}},
             {"kind":"rolledBack","version":"v1","exposure":{"requests":1}}]
            """, "history", "x", "--exposure");

        AssertHas(screen, "1d7a363ce124 2026-11-23 15:02:11 UTC for 1.5s 12,345 requests, 1 user, 20 kB sent, 2 replicas v1",
            "1 request, - users");
    }

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    public async Task An_arm_that_only_failed_has_no_latency(int width)
    {
        const string none = """{"lowMs":0,"highMs":null}""";
        var screen = await ShowAsync(width, $$"""
            {"name":"x","phase":"RolledBack","arms":{"stable":{"requests":9,"successRate":100,"p50Ms":1.5,"p50Interval":{{none}} },
             "canary":{"requests":2,"failures":2,"successRate":0,
                       "p50Ms":0,"p95Ms":0,"p99Ms":0,"p50Interval":{{none}},"p95Interval":{{none}},"p99Interval":{{none}} } } }
            """, "status", "x");

        AssertHas(screen, "~1.5 ms", "0%");
        AssertHasNot(screen, "0.0 ms");
    }

    [Fact]
    public async Task What_differs_between_answers_to_copies_has_a_line_for_each_place_in_a_pipe()
    {
        var place = string.Join('.', Enumerable.Repeat("a-place-that-is-long", 6));
        await using var admin = await FakeAdmin.SayingAsync($$"""
            {"version":"v2","compares":true,"compared":100,"different":8,"differentPercent":8,"notCompared":0,
             "copies":{"share":20,"good":1000000000,"failed":1000000000,"dropped":1000000000},
             "differences":[{"where":"{{place}}","count":7,"samples":[{"method":"GET","path":"/{{place}}","stable":"{{place}} 1","canary":"{{place}} 2"}]},{"where":"b","count":1}]}
            """);

        var said = await Cli.RunAsync(admin, Cli.Host with { OpenConsole = Consoles.Open }, "shadow", "x");

        Assert.Equal(["Version", "Copies", "Compared", "", "COUNT", "7", "1"], said.Lines.Select(line => line.TrimStart().Split(' ')[0]));
        Assert.All(
            (string[])[place, $"{place} 1", $"{place} 2", $"GET /{place}"],
            word => Assert.Contains(word, said.Lines[5], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_only_ascii_arrives_only_ascii_is_drawn()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);

        var said = await Cli.RunAsync(admin, Cli.Host with { OpenConsole = writer => Cli.Console(writer, 80, unicode: false) }, "status", "x");

        AssertHas(said.Out, "^ Progressing", "==", "#", "+ Pass");
        Assert.DoesNotContain(said.Out, letter => letter > '~');
    }

    /// <summary>One line of words, as a reader takes them in; every drawn line is checked against the width first.</summary>
    private static async Task<string> ShowAsync(int width, string json, params string[] args)
    {
        await using var admin = await SayingAsync(args, json);
        var said = await Cli.RunAsync(admin, Cli.Host with { OpenConsole = writer => Cli.Console(writer, width) }, args);
        Assert.Equal((ExitCodes.Done, ""), (said.Code, said.Error));
        Assert.All(said.Lines, line => Assert.True(line.Length <= width, $"{line.Length} > {width}: {line}"));
        return string.Join('\n', said.Lines);
    }

    /// <summary>For a history the rollout's status is asked first: it says what is wrong with the store.</summary>
    private static Task<FakeAdmin> SayingAsync(string[] args, string json) =>
        args is ["history", ..] ? FakeAdmin.SayingAsync(Samples.Climbing, json) : FakeAdmin.SayingAsync(json);

    private static void AssertHas(string screen, params string[] words)
    {
        var text = Words(screen);
        Assert.All(words, word => Assert.Contains(Words(word), text, StringComparison.Ordinal));
    }

    private static void AssertHasNot(string screen, params string[] words) =>
        Assert.All(words, word => Assert.DoesNotContain(word, screen, StringComparison.Ordinal));

    private static string Words(string text) => string.Join(' ', text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
