using System.Text.RegularExpressions;
using Xunit;

namespace Snapback.Control.Tests;

/// <summary>The arrows of ARCHITECTURE.md and the habits of the house, read from the sources.</summary>
public sealed partial class ArchitectureTests
{
    private const int MaxLines = 300;

    /// <summary>Which rooms of Control a room may name. A new room gets a row here and a place in ARCHITECTURE.md.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Analysis"] = [],
        ["Rollouts"] = ["Analysis"],
        ["Expressions"] = [],
        ["Plans"] = ["Rollouts", "Analysis", "Expressions"],
        ["Telemetry"] = ["Rollouts", "Analysis"],
        ["Signing"] = ["Rollouts", "Telemetry"],
        ["Switches"] = ["Rollouts", "Telemetry"],
        ["Hooks"] = ["Rollouts"],
        ["Flags"] = ["Rollouts"],
        ["Sharing"] = ["Rollouts", "Analysis", "Plans", "Telemetry"],
        ["Advancing"] = ["Rollouts", "Sharing", "Hooks"],
        ["Checks"] = ["Rollouts", "Analysis", "Expressions", "Sharing", "Hooks"],
        ["Notifying"] = ["Rollouts", "Hooks", "Sharing"],
        ["Comparing"] = ["Rollouts", "Expressions"],
        ["Import"] = ["Rollouts", "Plans", "Expressions"],
        ["Admin"] = ["Rollouts", "Analysis", "Sharing", "Plans", "Import", "Signing"],
        ["Dashboard"] = ["Rollouts", "Sharing", "Admin"],
        ["Simulation"] = ["Analysis", "Rollouts"],
    };

    private static readonly string Root = FindRoot();

    private static readonly int MaxLength = int.Parse(
        SourceLength().Match(File.ReadAllText(Path.Combine(Root, ".editorconfig"))).Groups[1].Value);

    private static readonly (string Path, string Text)[] Sources = FilesIn("src");

    /// <summary>A test is read as often as what it tests, and so is what shows or measures it.</summary>
    private static readonly (string Path, string Text)[] AllCode =
        [.. Sources, .. FilesIn("tests"), .. FilesIn("loadtests"), .. FilesIn("samples")];

    [Fact]
    public void The_sources_are_found() => Assert.True(Sources.Length > 80, $"{Sources.Length} sources under {Root}");

    [Fact]
    public void Every_room_of_Control_names_only_the_rooms_below_it() => Assert.Empty(
        from source in Sources
        let room = RoomOf(source.Path)
        where room is not null
        from named in RoomsNamedIn(source.Text)
        where named != room && !Arrows[room].Contains(named)
        select $"{source.Path} names {named}");

    [Fact]
    public void Every_room_of_Control_has_its_arrows() => Assert.Equal(
        Arrows.Keys.Order(),
        Sources.Select(source => RoomOf(source.Path)).OfType<string>().Distinct().Order());

    [Theory]
    [InlineData("Analysis")]
    [InlineData("Rollouts")]
    public void The_pure_rooms_know_only_the_base_library(string room) => Assert.Empty(
        from source in Sources
        where RoomOf(source.Path) == room
        from Match match in Usings().Matches(source.Text)
        where !Regex.IsMatch(match.Value, @"using (static )?(System\b|Snapback\.Control\.Analysis;)")
        select $"{source.Path}: {match.Value}");

    [Fact]
    public void The_pure_rooms_name_no_framework() => Assert.Empty(
        from source in Sources
        where RoomOf(source.Path) is "Analysis" or "Rollouts"
        from word in new[]
        {
            "Microsoft.", "StackExchange.", "Yarp.", "Serilog.", "Prometheus.", "YamlDotNet.",
            "ILogger", "HttpContext", "System.Net.Http", "System.IO.File",
        }
        where CodeOf(source.Text).Contains(word, StringComparison.Ordinal)
        select $"{source.Path}: {word}");

    [Fact]
    public void Control_never_names_Yarp_nor_the_proxy()
    {
        Assert.Empty(
            from source in Sources
            where source.Path.StartsWith("src/Control/", StringComparison.Ordinal)
            from word in new[] { "Yarp", "Snapback.Proxy" }
            where CodeOf(source.Text).Contains(word, StringComparison.Ordinal)
            select $"{source.Path}: {word}");
        var project = File.ReadAllText(Path.Combine(Root, "src/Control/Control.csproj"));
        Assert.DoesNotContain("Yarp", project, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("ProjectReference", project, StringComparison.Ordinal);
    }

    /// <summary>Which looks at the address that is about to be connected to.</summary>
    [Fact]
    public void Whatever_Control_calls_by_itself_it_calls_through_Outgoing() => Assert.Equal(
        ["src/Control/Hooks/Outgoing.cs"],
        from source in Sources
        where source.Path.StartsWith("src/Control/", StringComparison.Ordinal)
        where Regex.IsMatch(CodeOf(source.Text), @"\bnew (HttpClient|SocketsHttpHandler|HttpClientHandler|ClientWebSocket|TcpClient|Socket)\b")
        select source.Path);

    [Fact]
    public void No_file_is_longer_than_a_person_reads() => Assert.Empty(
        from source in AllCode
        let lines = source.Text.AsSpan().Count('\n')
        where lines > MaxLines
        select $"{source.Path}: {lines} lines");

    [Fact]
    public void No_line_is_longer_than_an_eye_takes_in() => Assert.Empty(
        from source in AllCode
        from line in MultilineText().Replace(source.Text, "\n").Split('\n')
        where line.Length > MaxLength && !OneText().IsMatch(line)
        select $"{source.Path}: {line.Length} characters: {line.Trim()}");

    [Fact]
    public void Nothing_is_left_to_be_done_later() => Assert.Empty(
        from source in Sources
        from Match match in Leftover().Matches(source.Text)
        select $"{source.Path}: {match.Value}");

    [Fact]
    public void Nobody_looks_at_the_wall_clock() => Assert.Empty(
        from source in Sources
        from Match match in WallClock().Matches(source.Text)
        select $"{source.Path}: {match.Value}");

    [Fact]
    public void There_are_no_rooms_for_everything_and_nothing() => Assert.DoesNotContain(
        Sources, source => Regex.IsMatch(source.Path, "/(Models|Services|Helpers|Common|Abstractions|Utils|Utilities)/"));

    [Fact]
    public void Whatever_ARCHITECTURE_names_is_there()
    {
        var names = Backticked().Matches(Architecture()).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.Empty(names.Where(name => name switch
        {
            _ when Regex.IsMatch(name, "^(src|tests|docs|loadtests|deploy)/[^*{]*$") => !Exists(name),
            _ when Regex.IsMatch(name, @"^\w+\.cs$") => !IsSource(name),
            _ when Regex.IsMatch(name, @"^[A-Z]\w+(\.\w+)?$") =>
                !Sources.Any(source => Regex.IsMatch(CodeOf(source.Text), $@"\b{name.Split('.')[^1]}\b")),
            _ => false,
        }).Order());
    }

    [Fact]
    public void The_tree_in_ARCHITECTURE_is_that_of_the_sources()
    {
        var named = Regex.Matches(Architecture().Split("```")[1], @"\b([A-Z][a-z]\w+)/").Select(match => match.Groups[1].Value).ToHashSet();
        Assert.Empty(named.Except(Sources.SelectMany(source => source.Path.Split('/')[1..^1])));
        Assert.Empty(
            Sources.Select(source => source.Path.Split('/'))
                .Where(parts => parts.Length > 3)
                .Select(parts => parts[2])
                .Distinct()
                .Except(named));
    }

    [Fact]
    public void Every_row_of_SECURITY_names_tests_that_are_there()
    {
        var rows = File.ReadLines(Path.Combine(Root, "SECURITY.md")).Where(line => line.StartsWith('|')).Skip(2).ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, row =>
        {
            var named = Backticked().Matches(row.Split('|')[^2]).Select(match => match.Groups[1].Value).ToList();
            Assert.NotEmpty(named);
            Assert.All(named, test => Assert.Contains(AllCode, source =>
                source.Path.StartsWith("tests/", StringComparison.Ordinal) && Regex.IsMatch(source.Text, $@"\bclass {test}\b")));
        });
    }

    private static (string Path, string Text)[] FilesIn(string folder) => [.. Directory
        .EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
        .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .Select(path => (path, File.ReadAllText(Path.Combine(Root, path))))];

    private static string Architecture() => File.ReadAllText(Path.Combine(Root, "ARCHITECTURE.md"));

    private static bool Exists(string path) => Path.Exists(Path.Combine(Root, path.TrimEnd('/')));

    private static bool IsSource(string file) =>
        Directory.EnumerateFiles(Path.Combine(Root, "src"), file, SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(Root, "tests"), file, SearchOption.AllDirectories)).Any();

    private static string? RoomOf(string path) => path.Split('/') is ["src", "Control", var room, _, ..] ? room : null;

    /// <summary>By a using, by its full name, or, as the namespaces are nested, by its last part alone.</summary>
    private static IEnumerable<string> RoomsNamedIn(string text)
    {
        var code = CodeOf(text);
        return Arrows.Keys.Where(room => Regex.IsMatch(code, $@"Snapback\.Control\.{room}\b|(?<![\w.]){room}\.[A-Z]"));
    }

    /// <summary>Without comments and the texts in quotes.</summary>
    private static string CodeOf(string text) => CommentOrText().Replace(text, " ");

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Directory.Packages.props")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException($"No repository above {AppContext.BaseDirectory}.");
    }

    [GeneratedRegex(@"^\s*(global )?using [^=(;]+;", RegexOptions.Multiline)]
    private static partial Regex Usings();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex Leftover();

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?(Now|Today)\b")]
    private static partial Regex WallClock();

    /// <summary>
    /// One text that is a line of its own, without texts in its holes, or a row of test data: to cut one of them makes nothing plainer.
    /// </summary>
    [GeneratedRegex(@"^\s*([?:+] )?[$@]*(""([^""\\]|\\.)*""|""{3}((?!""{3}).)*""{3})[\])},;+ ]*$|^\s*\[InlineData\(")]
    private static partial Regex OneText();

    [GeneratedRegex(@"\[\{src,[^\[]*max_line_length = (\d+)")]
    private static partial Regex SourceLength();

    [GeneratedRegex("\"{3,}\\r?\\n[\\s\\S]*?\"{3,}")]
    private static partial Regex MultilineText();

    [GeneratedRegex(@"`([^`\n]+)`")]
    private static partial Regex Backticked();

    [GeneratedRegex("//[^\\n]*|/\\*[\\s\\S]*?\\*/|\"(\\\\.|[^\"\\\\\\n])*\"")]
    private static partial Regex CommentOrText();
}
