using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Snapback.Journeys.Docs;

/// <summary>What the documents tell a newcomer to type, typed. A command that no case here knows fails the test.</summary>
public sealed partial class DocumentedCommands : Journey
{
    [Fact]
    public async Task Every_command_of_the_readme_works_in_its_order()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        Folder.Write("payments.yaml", Blocks("README.md", "yaml").Single());
        SnapbackProcess? proxy = null;
        foreach (var command in Commands("README.md"))
        {
            switch (command.Split(' '))
            {
                case ["dotnet", "run", .., "demo"]:
                    await using (var demo = Child.Start(new ProcessStartInfo(Cli.Built("src/Proxy", "snapback"), ["demo", "--headless", "--seconds", "6"])))
                    {
                        Assert.Equal(0, await demo.ExitAsync(TimeSpan.FromSeconds(30)));
                    }

                    break;
                case ["./test.sh"] or ["dotnet", "publish", ..] or ["export", ..]:
                    // The first runs this, and the second's line before it; the third finds what that made.
                    break;
                case ["snapback", "--stable", _, "--canary", _, "--plan", "payments.yaml"]:
                    proxy = await SnapbackAsync("--stable", Address(stable.Uri), "--canary", Address(canary.Uri), "--plan", Folder.At("payments.yaml"));
                    break;
                case ["snapback", "wait", ..]:
                    var waiting = proxy!.CliAsync(Arguments(command));
                    await proxy.PostAsync("promote", rollout: "payments-api");
                    Succeeded(command, await waiting);
                    break;
                case ["snapback", "apply", ..]:
                    Succeeded(command, await proxy!.CliAsync([.. Arguments(command).Select(word => word == "payments.yaml" ? Folder.At(word) : word)]));
                    break;
                case ["snapback", "plan", ..]:
                    Succeeded(command, await Cli.RunAsync([.. Arguments(command).Select(word => word == "payments.yaml" ? Folder.At(word) : word)]));
                    break;
                case ["snapback", ..]:
                    Succeeded(command, await proxy!.CliAsync(Arguments(command)));
                    break;
                default:
                    Assert.Fail($"README.md tells to run '{command}', which no test runs.");
                    break;
            }
        }

        Assert.Equal("RolledBack", (await proxy!.StatusAsync("payments-api")).Phase);
    }

    [Fact]
    public async Task Every_command_of_the_page_of_commands_works_and_no_command_is_missing_there()
    {
        var plan = Folder.Write("payments.yaml", Blocks("README.md", "yaml").Single());
        var proxy = await SnapbackAsync("--stable", Address(Upstream("stable").Uri), "--canary", Address(Upstream("canary").Uri), "--plan", plan);
        foreach (var command in Commands("docs/commands.md"))
        {
            Succeeded(command, await proxy.CliAsync(Arguments(command)));
        }

        var page = File.ReadAllText(Path.Combine(Root(), "docs/commands.md"));
        var help = (await Cli.RunAsync("--help")).Output;
        foreach (Match verb in Regex.Matches(help[help.IndexOf("Commands:", StringComparison.Ordinal)..], @"^  (\w+)", RegexOptions.Multiline))
        {
            Assert.True(Regex.IsMatch(page, $@"`(snapback )?{verb.Groups[1].Value}\b"), $"docs/commands.md does not name '{verb.Groups[1].Value}'.");
        }
    }

    [Fact]
    public async Task Every_command_of_the_drills_page_works()
    {
        var plan = Folder.Write("payments.yaml", Blocks("README.md", "yaml").Single());
        var proxy = await SnapbackAsync("--stable", Address(Upstream("stable").Uri), "--canary", Address(Upstream("canary").Uri), "--plan", plan);
        foreach (var command in Commands("docs/drill.md"))
        {
            Succeeded(command, await proxy.CliAsync([.. Arguments(command).Select(word => word == "drill.json" ? Folder.At(word) : word)]));
        }

        Assert.True(File.Exists(Folder.At("drill.json")));
    }

    [Fact]
    public async Task Every_command_of_the_pages_of_sticky_users_and_overrides_works()
    {
        var plan = Folder.Write("payments.yaml", Blocks("README.md", "yaml").Single());
        var proxy = await SnapbackAsync("--stable", Address(Upstream("stable").Uri), "--canary", Address(Upstream("canary").Uri), "--plan", plan);
        foreach (var command in Commands("docs/sticky.md").Concat(Commands("docs/overrides.md")))
        {
            string[] words = [.. Arguments(command).Select(word => word == "./data" ? Folder.At("data") : word)];
            Succeeded(command, await (words[0] == "keys" ? Cli.RunAsync(words) : proxy.CliAsync(words)));
        }
    }

    [Fact]
    public async Task Every_command_of_the_page_of_flags_works_and_the_application_has_the_flag()
    {
        var (app, flags) = (FreePort.TakeUri(), FreePort.TakeUri());
        Folder.Write("payments.yaml", Blocks("docs/flags.md", "yaml").Single());
        SnapbackProcess? proxy = null;
        Sample? sample = null;
        foreach (var command in Commands("docs/flags.md"))
        {
            switch (command.Split(' '))
            {
                case ["snapback", "--stable", _, "--plan", "payments.yaml", "--flags-urls", _]:
                    proxy = await SnapbackAsync("--stable", Address(app), "--plan", Folder.At("payments.yaml"), "--flags-urls", Address(flags));
                    break;
                case ["dotnet", "run", "--project", "samples/FeatureManagement", "--", "--urls", _, "--Snapback:Flags", _]:
                    sample = Own(await Sample.StartAsync(app, flags));
                    break;
                default:
                    Assert.Fail($"docs/flags.md tells to run '{command}', which no test runs.");
                    break;
            }
        }

        await proxy!.WeightAsync(100, "v2", "payments-api");
        await Eventually.SeeAsync(
            "the application has the flag",
            () => sample!.CheckoutAsync("ann"),
            answer => answer.StartsWith("new", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_configuration_on_the_page_of_operations_starts()
    {
        var own = Folder.Write("own.json", Blocks("docs/operations.md", "json").First());
        Assert.Equal("Idle", (await (await SnapbackAsync("--config", own)).StatusAsync("payments-api")).Phase);
    }

    /// <summary>No cluster is here: the container's part of the manifest is tried, with addresses of this machine.</summary>
    [Fact]
    public async Task The_container_of_the_manifest_on_the_page_of_operations_starts_and_its_probes_are_answered()
    {
        var manifest = Blocks("docs/operations.md", "yml").Single();
        var redis = Own(await RedisServer.StartAsync());
        var plan = Folder.Write("payments.yaml", Blocks("README.md", "yaml").Single());
        string[] args = [.. Regex.Matches(manifest, "^ +- (--.*)$", RegexOptions.Multiline).Select(match => match.Groups[1].Value
            .Replace("http://payments-stable", Address(Upstream("stable").Uri), StringComparison.Ordinal)
            .Replace("http://payments-canary", Address(Upstream("canary").Uri), StringComparison.Ordinal)
            .Replace("/etc/snapback/payments.yaml", plan, StringComparison.Ordinal)
            .Replace("redis:6379", redis.Connection, StringComparison.Ordinal))
            .Where(arg => !arg.StartsWith("--admin-urls=", StringComparison.Ordinal))];
        var proxy = Own(SnapbackProcess.Start(Folder, args, "a-token-of-the-secret"));
        await proxy.ReadyAsync();
        using var client = new HttpClient();
        foreach (Match probe in Regex.Matches(manifest, "httpGet: { path: ([^,]+),"))
        {
            Assert.Equal(System.Net.HttpStatusCode.OK, (await client.GetAsync(new Uri(proxy.AdminUri, probe.Groups[1].Value), Ended)).StatusCode);
        }

        Assert.Equal(4, args.Length);
    }

    /// <summary>No systemd is here: what it would start, and the signals that it would send.</summary>
    [Fact]
    public async Task The_unit_on_the_page_of_operations_starts_reloads_and_stops()
    {
        var unit = Blocks("docs/operations.md", "ini").First();
        string Value(string key) => Regex.Match(unit, $"(?m)^{key}=-?(.*)$").Groups[1].Value;
        var own = Folder.Write("own.json", Blocks("docs/operations.md", "json").First());
        var proxy = await SnapbackAsync(
            [.. Value("ExecStart").Split(' ').Skip(1).Select(word => word switch
            {
                "/etc/snapback/snapback.json" => own,
                "/var/lib/snapback" => Folder.At("store"),
                _ => word,
            })]);
        Assert.True(Directory.Exists(Folder.At("store")));
        Assert.Equal("kill -HUP $MAINPID", Value("ExecReload"));
        Child.SkipIfDeafToHangUp(proxy.Process.Id);
        File.WriteAllText(own, "no JSON");
        proxy.Process.Reload();
        await Eventually.SeeAsync("it reads again", () => Task.FromResult(proxy.Process.Output), log => log.Contains("own.json", StringComparison.Ordinal));
        Assert.Equal(0, await proxy.TerminateAsync());

        await using var wrong = Child.Start(Cli.Command(["--config", own]));
        Assert.Equal(Value("RestartPreventExitStatus"), (await wrong.ExitAsync()).ToString());
    }

    /// <summary>A rule over a metric that nobody exports never fires, and promtool does not mind.</summary>
    [Fact]
    public async Task The_alerts_of_the_page_of_troubleshooting_are_valid_and_ask_for_metrics_that_exist()
    {
        var rules = Blocks("docs/troubleshooting.md", "yml").Single();
        await using var promtool = Child.Start(new ProcessStartInfo("promtool", ["check", "rules", Folder.Write("rules.yml", rules)]));
        Assert.True(await promtool.ExitAsync() == 0, promtool.Output + promtool.Error);

        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Plans.StandingAt("50%"));
        var metrics = await proxy.MetricsAsync();
        Assert.All(
            Regex.Matches(rules, @"snapback_\w+").Select(match => match.Value),
            name => Assert.Matches($"(?m)^{name}[ {{]", metrics));
    }

    [Fact]
    public async Task Simulating_prints_what_its_page_shows()
    {
        Folder.Write("payments.yaml", Blocks("README.md", "yaml").Single());
        var record = Enumerable.Range(0, 100).Select(at =>
            $$"""{"t":{{at}},"arm":"{{(at % 5 == 0 ? "canary" : "stable")}}","outcome":"success","ms":20,"w":0.2}""");
        Folder.Write("record.jsonl", string.Join('\n', record));
        string[] commands = [.. Commands("docs/simulate.md")];
        Assert.Equal(2, commands.Length);

        await using var simulation = Child.Start(Cli.Command(InFolder(commands[0])));
        Assert.Equal(0, await simulation.ExitAsync(TimeSpan.FromMinutes(3)));
        var page = File.ReadAllText(Path.Combine(Root(), "docs/simulate.md"));
        var shown = Regex.Match(page, "^```\n(payments-api  5%.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline);
        Assert.Equal(Lines(shown.Groups[1].Value), Lines(simulation.Output));
        Succeeded(commands[1], await Cli.RunAsync(InFolder(commands[1])));

        string[] InFolder(string command) => [.. Arguments(command).Select(word => word.Contains('.', StringComparison.Ordinal) ? Folder.At(word) : word)];
        static string[] Lines(string text) => [.. text.TrimEnd().Split('\n').Select(line => line.TrimEnd())];
    }

    /// <summary>What is typed on the other pages builds and measures: <c>./test.sh</c> and <c>./test.sh --all</c> do so.</summary>
    [Fact]
    public void No_page_shows_a_command_that_nothing_runs()
    {
        string[] run =
        [
            "README.md", "docs/drill.md", "docs/sticky.md", "docs/overrides.md",
            "docs/flags.md", "docs/simulate.md", "docs/fleet.md", "docs/commands.md",
        ];
        const string tests = "tests/Proxy.Tests/bin/Release/net10.0/Snapback.Proxy.Tests";
        foreach (var (document, command) in from document in Documents().Except(run) from command in Commands(document) select (document, command))
        {
            Assert.True(
                command.Split(' ') is ["dotnet", "run", "-c", "Release", "--project", "loadtests", "--", ..]
                    or ["dotnet", "build", ..]
                    or ["./test.sh"]
                    or [_, tests, ..],
                $"{document} tells to run '{command}', which no test runs.");
        }
    }

    [Fact]
    public async Task Every_plan_of_the_documents_is_valid()
    {
        foreach (var (document, block) in from document in Documents() from block in Blocks(document, "yaml") select (document, block))
        {
            var check = await Cli.RunAsync("plan", "check", Folder.Write("plan.yaml", block));
            Assert.True(check.ExitCode == 0, $"{document}: {check.Error}");
        }
    }

    [Fact]
    public void Every_link_between_the_documents_leads_somewhere()
    {
        foreach (var document in Documents())
        {
            foreach (Match link in Link().Matches(File.ReadAllText(Path.Combine(Root(), document))))
            {
                var target = Path.Combine(Root(), Path.GetDirectoryName(document)!, link.Groups[1].Value);
                Assert.True(File.Exists(target) || Directory.Exists(target), $"{document} links to {link.Groups[1].Value}, which is not there.");
            }
        }
    }

    private static void Succeeded(string command, Cli run) => Assert.True(run.ExitCode == 0, $"'{command}' ended with {run.ExitCode}: {run.Error}{run.Output}");

    private static string[] Arguments(string command) => [.. Word().Matches(command).Skip(1).Select(match => match.Value.Trim('"'))];

    private static string Address(Uri uri) => uri.ToString().TrimEnd('/');

    private static IEnumerable<string> Blocks(string document, string language) =>
        Regex.Matches(File.ReadAllText(Path.Combine(Root(), document)), $"^```{language}\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value);

    private static IEnumerable<string> Commands(string document) =>
        Blocks(document, "console")
            .SelectMany(block => block.Split('\n'))
            .Where(line => line.StartsWith("$ ", StringComparison.Ordinal))
            .Select(line => line[2..]);

    private static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(Path.Combine(Root(), "docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Root(), "*.md"))
            .Select(file => Path.GetRelativePath(Root(), file));

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\]\((?!http)([^)#]+)\)")]
    private static partial Regex Link();
}
