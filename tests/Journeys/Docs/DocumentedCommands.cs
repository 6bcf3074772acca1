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
        foreach (var command in Blocks("README.md", "console").SelectMany(block => block.Split('\n')).Where(line => line.StartsWith("$ ", StringComparison.Ordinal)).Select(line => line[2..]))
        {
            switch (command.Split(' '))
            {
                case ["dotnet", "run", .., "demo"]:
                    Assert.Equal(0, (await Cli.RunAsync("demo", "--headless", "--seconds", "6")).ExitCode);
                    break;
                case ["./test.sh"] or ["dotnet", "publish", ..] or ["export", ..]:
                    // This is being run by the first; CI runs the second's line; the third finds what that made.
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
    public async Task Every_command_of_the_drills_page_works()
    {
        var plan = Folder.Write("payments.yaml", Blocks("README.md", "yaml").Single());
        var proxy = await SnapbackAsync("--stable", Address(Upstream("stable").Uri), "--canary", Address(Upstream("canary").Uri), "--plan", plan);
        foreach (var command in Blocks("docs/drill.md", "console").SelectMany(block => block.Split('\n')).Where(line => line.StartsWith("$ ", StringComparison.Ordinal)).Select(line => line[2..]))
        {
            Succeeded(command, await proxy.CliAsync([.. Arguments(command).Select(word => word == "drill.json" ? Folder.At(word) : word)]));
        }

        Assert.True(File.Exists(Folder.At("drill.json")));
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
