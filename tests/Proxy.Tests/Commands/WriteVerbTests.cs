using Snapback.Proxy.Commands;
using Xunit;

namespace Snapback.Proxy.Tests.Commands;

public sealed class WriteVerbTests
{
    [Theory]
    [InlineData("advance")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("promote")]
    [InlineData("retry")]
    [InlineData("approve")]
    [InlineData("reject")]
    [InlineData("undo")]
    [InlineData("rollback")]
    public async Task A_move_sends_who_and_why_and_prints_one_line(string verb)
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);

        var said = await Cli.RunAsync(admin, verb, "payments-api", "--reason", "because");

        Assert.Equal(new Said(ExitCodes.Done, "payments-api: Progressing at 5% (step 1 of 4)\n", ""), said);
        var asked = Assert.Single(admin.Asked);
        Assert.Equal(("POST", $"/api/rollouts/payments-api/{verb}"), (asked.Method, asked.Path));
        Assert.Equal("""{"by":"ada","reason":"because"}""", asked.Body);
    }

    [Fact]
    public async Task Start_sends_the_version_and_by_overrides_the_user()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);

        await Cli.RunAsync(admin, "start", "a b/c", "--version", "sha256:1", "--by", "ci");

        var asked = Assert.Single(admin.Asked);
        Assert.Equal("/api/rollouts/a%20b%2Fc/start", asked.Path);
        Assert.Equal("""{"version":"sha256:1","by":"ci"}""", asked.Body);
    }

    [Theory]
    [InlineData("override", "--arm", "Stable", "\"arm\":\"stable\"")]
    [InlineData("drill", "--fault", "SLOW", "\"fault\":\"slow\"")]
    public async Task A_word_of_a_few_is_sent_as_it_is_called_however_it_was_typed(string verb, string option, string word, string sent)
    {
        await using var admin = await FakeAdmin.StartAsync(new Canned(409, """{"detail":"No."}"""));

        await Cli.RunAsync(admin, verb, "x", option, word);

        Assert.Contains(sent, Assert.Single(admin.Asked).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("12.5")]
    [InlineData("12.5%")]
    public async Task Weight_with_a_number_sets_it(string percent)
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.ByHandWithoutNet);

        var said = await Cli.RunAsync(admin, "weight", "search", percent);

        Assert.Equal("search: Paused at 12.5% (weight set by hand; load test until noon)\n", said.Out);
        Assert.Equal("""{"weight":12.5,"by":"ada"}""", Assert.Single(admin.Asked).Body);
    }

    [Fact]
    public async Task A_first_weight_by_hand_may_name_its_version()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.ByHandWithoutNet);

        await Cli.RunAsync(admin, "weight", "search", "5", "--version", "v9");

        Assert.Equal("""{"weight":5,"version":"v9","by":"ada"}""", Assert.Single(admin.Asked).Body);
    }

    [Fact]
    public async Task Weight_without_a_number_prints_it_and_changes_nothing()
    {
        await using var admin = await FakeAdmin.SayingAsync("""{"weight":12.50}""");

        var said = await Cli.RunAsync(admin, "weight", "search");

        Assert.Equal(new Said(ExitCodes.Done, "12.5%\n", ""), said);
        Assert.Equal("GET", Assert.Single(admin.Asked).Method);
    }

    [Theory]
    [InlineData(Samples.RolledBack, "x: RolledBack at 0% (success-rate, by the judge)")]
    [InlineData(Samples.Promoted, "x: Promoted (version v42)")]
    [InlineData(Samples.ByHandWithoutNet, "x: Paused at 12.5% (weight set by hand; load test until noon)")]
    [InlineData(Samples.Idle, "x: Idle")]
    public async Task The_line_says_what_matters_in_its_phase(string status, string line)
    {
        await using var admin = await FakeAdmin.SayingAsync(status);

        Assert.Equal(line + "\n", (await Cli.RunAsync(admin, "rollback", "x")).Out);
    }

    [Fact]
    public async Task The_token_comes_from_the_file_before_the_variable()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);
        var host = Cli.Host with { Variable = name => name == "SNAPBACK_TOKEN" ? "sb_variable" : null };
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "sb_file\n", TestContext.Current.CancellationToken);
        try
        {
            await Cli.RunAsync(admin, host, "pause", "x");
            await Cli.RunAsync(admin, host, "pause", "x", "--token-file", file);
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Equal(["Bearer sb_variable", "Bearer sb_file"], admin.Asked.Select(asked => asked.Authorization));
    }
}
