using Snapback.Proxy.Commands;
using Xunit;

namespace Snapback.Proxy.Tests.Commands;

public sealed class ApplyVerbTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("name: payments-api\nstable: a\n")]
    [InlineData("""{"stable":"a","name":"payments-api"}""")]
    [InlineData(
        "apiVersion: flagger.app/v1beta1\nkind: MetricTemplate\nmetadata: { name: other }\n---\n" +
        "apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata:\n  name: payments.api\n")]
    [InlineData(
        "apiVersion: v1\nkind: List\nitems:\n- { apiVersion: v1, kind: Service, metadata: { name: other } }\n" +
        "- { apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: { name: payments-api } }\n")]
    public async Task A_plan_goes_out_as_it_is_under_its_own_name(string plan)
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);
        await File.WriteAllTextAsync(_file, plan, TestContext.Current.CancellationToken);

        var said = await Cli.RunAsync(admin, "apply", _file, "--reason", "new p95");

        Assert.Equal(new Said(ExitCodes.Done, "payments-api: Progressing at 5% (step 1 of 4)\n", ""), said);
        var asked = Assert.Single(admin.Asked);
        Assert.Equal(("PUT", "/api/rollouts/payments-api?by=ada&reason=new%20p95", plan), (asked.Method, asked.Path, asked.Body));
        Assert.StartsWith("text/yaml", asked.ContentType, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_became_of_the_plan_is_said_before_the_status_of_what_was_there()
    {
        await using var admin = await FakeAdmin.SayingAsync(
            """{"name":"payments-api","phase":"RolledBack","weight":0,"what":"The plan was replaced.","rollback":{"trigger":"operator","by":"ann"}}""");
        await File.WriteAllTextAsync(_file, "name: payments-api", TestContext.Current.CancellationToken);

        Assert.Equal(
            new Said(ExitCodes.Done, "payments-api: The plan was replaced.\npayments-api: RolledBack at 0% (operator, by ann)\n", ""),
            await Cli.RunAsync(admin, "apply", _file));
    }

    [Fact]
    public async Task A_name_given_by_hand_wins_and_standard_input_is_a_dash()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);

        await Cli.RunAsync(admin, Cli.Host with { Input = new StringReader("stable: a") }, "apply", "-", "--name", "b");

        Assert.Equal("/api/rollouts/b?by=ada", Assert.Single(admin.Asked).Path);
    }

    [Fact]
    public async Task Whatever_is_said_of_several_files_names_the_file_and_a_refused_one_keeps_none_back()
    {
        var other = _file + ".json";
        await File.WriteAllTextAsync(_file, "name: a\nstepz: []\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(other, "name: payments-api", TestContext.Current.CancellationToken);
        await using var admin = await FakeAdmin.StartAsync(
            new Canned(400, """{"detail":"2 things are wrong.","errors":["2:1 stepz: The key 'stepz' is unknown.","10 of them."]}"""),
            new Canned(200, """{"name":"payments-api","phase":"Idle","notUnderstood":["7:3 spec.x: Not understood."]}"""));

        var said = await Cli.RunAsync(admin, "apply", _file, other);
        File.Delete(other);

        Assert.Equal((ExitCodes.Refused, "payments-api: Idle\n"), (said.Code, said.Out));
        Assert.Equal(
            $"{_file}: 2 things are wrong.\n{_file}:2:1 stepz: The key 'stepz' is unknown.\n{_file}: 10 of them.\nnot understood: {other}:7:3 spec.x: Not understood.\n",
            said.Error);
    }

    [Fact]
    public async Task A_name_by_hand_goes_with_one_file_only()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);

        var said = await Cli.RunAsync(admin, "apply", _file, _file, "--name", "b");

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.StartsWith("--name names one rollout, and 2 files were given", said.Error, StringComparison.Ordinal);
        Assert.Empty(admin.Asked);
    }

    [Fact]
    public async Task Of_a_file_with_several_rollouts_none_is_sent_before_it_is_said_which()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);
        const string two = "{ apiVersion: flagger.app/v1beta1, kind: Canary, metadata: { name: a } }\n---\n" +
            "{ apiVersion: flagger.app/v1beta1, kind: Canary, metadata: { name: b } }";
        await File.WriteAllTextAsync(_file, two, TestContext.Current.CancellationToken);

        var said = await Cli.RunAsync(admin, "apply", _file);

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.StartsWith($"{_file} holds 2 rollouts: a, b. Give --name NAME", said.Error, StringComparison.Ordinal);
        Assert.Empty(admin.Asked);
    }

    [Fact]
    public async Task A_file_in_another_encoding_is_not_sent_with_question_marks_in_it()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);
        await File.WriteAllBytesAsync(_file, [.. "name: a\nowner: caf"u8, 0xE9, (byte)'\n'], TestContext.Current.CancellationToken);

        var said = await Cli.RunAsync(admin, "apply", _file);

        Assert.Equal((ExitCodes.Usage, $"The plan file {_file} is not UTF-8. Save it as UTF-8.\n"), (said.Code, said.Error));
        Assert.Empty(admin.Asked);
    }

    [Fact]
    public async Task A_text_that_would_take_the_whole_stack_is_refused_with_its_place()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);
        await File.WriteAllTextAsync(_file, "x: " + new string('[', 100_000), TestContext.Current.CancellationToken);

        var said = await Cli.RunAsync(admin, "apply", _file);

        Assert.Equal(ExitCodes.Refused, said.Code);
        Assert.StartsWith($"{_file}:1:36 ", said.Error, StringComparison.Ordinal);
        Assert.Empty(admin.Asked);
    }

    [Theory]
    [InlineData("stable: a\n", ExitCodes.Usage, "--name")]
    [InlineData("", ExitCodes.Usage, "--name")]
    [InlineData("a: [\n", ExitCodes.Refused, ":2:1: ")]
    public async Task A_plan_without_a_name_asks_for_one_and_one_without_sense_says_where(string plan, int code, string sentence)
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.Climbing);
        await File.WriteAllTextAsync(_file, plan, TestContext.Current.CancellationToken);

        var said = await Cli.RunAsync(admin, "apply", _file);

        Assert.Equal(code, said.Code);
        Assert.Contains(sentence, said.Error, StringComparison.Ordinal);
        Assert.Empty(admin.Asked);
    }
}
