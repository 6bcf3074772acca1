using Snapback.Proxy.Commands;
using Xunit;

namespace Snapback.Proxy.Tests.Commands;

public sealed class UsageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("snapback-test-").FullName;

    public static TheoryData<string> Mistakes =>
    [
        "lst", "advance", "advance x y", "start x", "retry x", "weight x much", "weight", "wait x", "wait x --for lunch",
        "wait x --for promoted --timeout soon", "status --watch --json", "list --nonsense", "list --token-file gone",
        "apply gone.yaml", "list --admin nowhere", "list --admin ftp://127.0.0.1", "store export --redis 127.0.0.1:1 --data d",
        "store import gone.json --redis http://127.0.0.1:1",
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_in_the_call_exits_64_and_is_explained_on_stderr(string args)
    {
        var said = await Cli.RunAsync(Cli.Host, args.Split(' '));

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.NotEqual("", said.Error);
        Assert.DoesNotContain("   at ", said.Error, StringComparison.Ordinal);
    }

    /// <summary>"Access is denied" and "it does not exist" are what the system and a look for a file say of one.</summary>
    [Theory]
    [InlineData(ExitCodes.Usage, "apply")]
    [InlineData(1, "plan", "check")]
    [InlineData(1, "simulate")]
    public async Task A_directory_is_called_one(int code, params string[] args)
    {
        var said = await Cli.RunAsync(Cli.Host, [.. args, _folder]);

        Assert.Equal(code, said.Code);
        Assert.Contains("is a directory", said.Error, StringComparison.Ordinal);
    }

    /// <summary>What a shell makes of a variable that is not set, or of a path.</summary>
    [Theory]
    [InlineData("status", "")]
    [InlineData("rollback", " ")]
    [InlineData("history", ".")]
    [InlineData("events", "..")]
    [InlineData("wait", "", "--for", "promoted")]
    public async Task A_name_that_names_nothing_is_the_callers_mistake_and_not_a_proxy_that_is_away(params string[] args)
    {
        var said = await Cli.RunAsync(Cli.Host, [.. args, "--admin", "http://127.0.0.1:1"]);

        Assert.Equal((ExitCodes.Usage, ""), (said.Code, said.Out));
        Assert.Equal($"'{args[1]}' is no rollout's name. Give one that 'snapback list' shows.\n", said.Error);
    }

    [Theory]
    [InlineData(1, "plan", "check", "")]
    [InlineData(1, "plan", "show", "")]
    [InlineData(1, "simulate", "")]
    [InlineData(1, "simulate", "--record", "")]
    [InlineData(64, "record", "shop", "-o", "")]
    [InlineData(64, "keys", "rotate", "--file", "")]
    public async Task An_empty_path_is_the_callers_mistake_and_no_defect(int code, params string[] args)
    {
        var said = await Cli.RunAsync(Cli.Host, args);

        Assert.Equal((code, ""), (said.Code, said.Out));
        Assert.Contains("path", said.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", said.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("staus", "'snapback' does not expect 'staus'. Did you mean 'status'?", "See 'snapback --help'.")]
    [InlineData("roll-back x", "'snapback' does not expect 'roll-back'. Did you mean 'rollback'?", "See 'snapback --help'.")]
    [InlineData("strat shop --version v2", "'snapback' does not expect 'strat'. Did you mean 'start'?", "See 'snapback --help'.")]
    [InlineData("import canary.yaml", "'snapback' does not expect 'import'. Did you mean 'plan import'?", "See 'snapback --help'.")]
    [InlineData("plan chekc gone.yaml", "'snapback plan' does not expect 'chekc'. Did you mean 'check'?", "See 'snapback plan --help'.")]
    [InlineData("plan check gone.yaml --nonsense", "'--nonsense' is no option of 'snapback plan check'.", "See 'snapback plan check --help'.")]
    [InlineData("status --admn http://x",
        "'snapback status' does not expect 'http://x'.",
        "'--admn' is no option of 'snapback status'. Did you mean '--admin'?",
        "See 'snapback status --help'.")]
    [InlineData("status --watc", "'--watc' is no option of 'snapback status'. Did you mean '--watch'?", "See 'snapback status --help'.")]
    [InlineData("history x --gibberish", "'--gibberish' is no option of 'snapback history'.", "See 'snapback history --help'.")]
    [InlineData("lst --help", "'snapback' does not expect 'lst'. Did you mean 'list'?", "See 'snapback --help'.")]
    [InlineData("wait x --for lunch", "--for is 'lunch'; give promoted or rolledback.", "See 'snapback wait --help'.")]
    [InlineData("events --last soon", "--last is 'soon'; give a whole number from 0 to 500.", "See 'snapback events --help'.")]
    [InlineData("events -n 501", "--last is '501'; give a whole number from 0 to 500.", "See 'snapback events --help'.")]
    [InlineData("record x --seconds soon", "--seconds is 'soon'; give a whole number from 1 to 604800.", "See 'snapback record --help'.")]
    [InlineData("demo --seconds soon", "--seconds is 'soon'; give a whole number from 6 to 600.", "See 'snapback demo --help'.")]
    [InlineData("demo --seconds 7.5", "--seconds is '7.5'; give a whole number from 6 to 600.", "See 'snapback demo --help'.")]
    [InlineData("demo --seconds 5", "--seconds is '5'; give a whole number from 6 to 600.", "See 'snapback demo --help'.")]
    [InlineData("plan", "'snapback plan' needs a command: check, show, import.", "See 'snapback plan --help'.")]
    [InlineData("list --token-file gone",
        "--token-file: there is no file 'gone'. Give the path of a file that holds the token.", "See 'snapback list --help'.")]
    [InlineData("apply gone.yaml",
        "The plan file gone.yaml does not exist. Give the path of a plan in YAML or JSON.", "See 'snapback apply --help'.")]
    [InlineData("drill x --fault heat", "--fault is 'heat'; give errors, slow, hang or reset.", "See 'snapback drill --help'.")]
    public async Task A_mistyped_word_is_named_once_with_what_was_probably_meant(string args, params string[] lines)
    {
        var said = await Cli.RunAsync(Cli.Host, args.Split(' '));

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.Equal(lines, (said.Out + said.Error).TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("start")]
    [InlineData("wait")]
    public async Task Help_is_no_mistake(string verb)
    {
        var said = await Cli.RunAsync(Cli.Host, verb, "--help");

        Assert.Equal(ExitCodes.Done, said.Code);
        Assert.Contains("--admin <URL>", said.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("record x -o")]
    [InlineData("drill x --json")]
    [InlineData("plan import gone.yaml -o")]
    public async Task A_file_that_cannot_be_written_is_refused_before_anything_is_done(string args)
    {
        var missing = await Cli.RunAsync(Cli.Host, [.. args.Split(' '), At("gone/out.json")]);
        var directory = await Cli.RunAsync(Cli.Host, [.. args.Split(' '), _folder]);

        Assert.Equal((ExitCodes.Usage, ExitCodes.Usage), (missing.Code, directory.Code));
        Assert.Contains("out.json' cannot be written: ", missing.Error, StringComparison.Ordinal);
        Assert.Contains($"'{_folder}' is a directory. Give the path of a file.", directory.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_command_leaves_the_file_that_it_would_have_written_as_it_was()
    {
        await File.WriteAllTextAsync(At("old.json"), "kept", TestContext.Current.CancellationToken);

        await Cli.RunAsync(Cli.Host, "drill", "x", "--admin", "http://127.0.0.1:1", "--json", At("old.json"));
        await Cli.RunAsync(Cli.Host, "drill", "x", "--admin", "http://127.0.0.1:1", "--json", At("new.json"));

        Assert.Equal("kept", await File.ReadAllTextAsync(At("old.json"), TestContext.Current.CancellationToken));
        Assert.False(File.Exists(At("new.json")));
    }

    [Fact]
    public async Task What_no_verb_expects_is_said_in_a_line_with_its_place_and_exits_70()
    {
        var said = await Cli.RunAsync(Cli.Host with { Variable = _ => throw new InvalidOperationException("two\nlines") }, "list");

        Assert.Equal(70, said.Code);
        Assert.Contains("InvalidOperationException: two lines (Snapback.", said.Error, StringComparison.Ordinal);
        Assert.Single(said.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_token_of_two_lines_never_reaches_a_header()
    {
        await using var admin = await FakeAdmin.SayingAsync(Samples.All);

        var said = await Cli.RunAsync(admin, Cli.Host with { Variable = name => name == "SNAPBACK_TOKEN" ? "sb_1\nsb_2" : null }, "list");

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.Empty(admin.Asked);
    }

    private string At(string name) => Path.Combine(_folder, name);
}
