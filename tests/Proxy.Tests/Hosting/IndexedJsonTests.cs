using System.Globalization;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Configuration;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

public sealed class IndexedJsonTests : IDisposable
{
    private static readonly Gen<string> Key = Gen.OneOf("a", "B", "b", "x-y", "10", "9", "Kestrel");

    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void It_reads_what_the_frameworks_own_provider_reads() => Gen.Select(Document(3), Document(3)).Sample(pair =>
    {
        var (below, above) = (Write("below.json", pair.Item1), Write("above.json", pair.Item2));
        var ours = new ConfigurationBuilder()
            .SetBasePath(_directory)
            .Add(new IndexedJson { Path = below })
            .Add(new IndexedJson { Path = above })
            .AddInMemoryCollection([new("a:more", "1")])
            .Build();
        var theirs = new ConfigurationBuilder()
            .SetBasePath(_directory)
            .AddJsonFile(below)
            .AddJsonFile(above)
            .AddInMemoryCollection([new("a:more", "1")])
            .Build();

        // Of two spellings of one key either may be the one that is shown.
        Assert.Equal(Walk(theirs), Walk(ours), StringComparer.OrdinalIgnoreCase);
    }, iter: 300, threads: 1);

    [Fact]
    public void Ten_thousand_routes_are_read_in_a_moment()
    {
        var routes = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $$"""
            "r{{i}}": { "ClusterId": "c{{i}}", "Match": { "Path": "/r{{i}}/{**any}", "Hosts": [ "a", "b" ] } }
            """));
        var file = Write("appsettings.json", $$"""{ "ReverseProxy": { "Routes": { {{routes}} } } }""");
        var began = TimeProvider.System.GetTimestamp();
        var configuration = ConfigurationFiles.Load(Path.Combine(_directory, file));
        Assert.Equal(10_000 * 7, Walk(configuration.GetSection("ReverseProxy:Routes")).Count());

        // The framework's own provider needs half an hour.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0, 20);
    }

    [Fact]
    public void A_file_that_changes_to_what_is_none_keeps_what_it_had_and_says_so()
    {
        var file = Path.Combine(_directory, Write("c.json", """{ "a": { "b": "1" } }"""));
        var configuration = ConfigurationFiles.Load(file);
        Assert.Empty(ConfigurationFiles.Unreadable(configuration));

        Write("c.json", "{\n\"a\": ");
        configuration.Reload();
        Assert.Equal("1", configuration["a:b"]);
        Assert.StartsWith(
            "The file 'c.json' cannot be read: Line 2: ",
            Assert.Single(ConfigurationFiles.Unreadable(configuration)),
            StringComparison.Ordinal);

        Write("c.json", """{ "a": { "b": "2" } }""");
        configuration.Reload();
        Assert.Equal("2", configuration["a:b"]);
        Assert.Empty(ConfigurationFiles.Unreadable(configuration));
    }

    [Fact]
    public async Task A_file_that_goes_away_keeps_what_it_had_and_says_so()
    {
        var file = Path.Combine(_directory, Write("c.json", """{ "a": { "b": "1" } }"""));
        var configuration = ConfigurationFiles.Load(file);

        await ChangedAsync(configuration, () => File.Delete(file));

        Assert.Equal("1", configuration["a:b"]);
        Assert.Equal("There is no file 'c.json' any more. Put it back.", Assert.Single(ConfigurationFiles.Unreadable(configuration)));
    }

    /// <summary>A ConfigMap's file is a link into a directory that is itself reached by a link, and that one is put elsewhere.</summary>
    [Fact]
    public async Task A_file_of_a_Kubernetes_ConfigMap_is_read_again_when_the_map_changes()
    {
        Map("1");
        var (data, file) = (Path.Combine(_directory, "..data"), Path.Combine(_directory, "c.json"));
        Directory.CreateSymbolicLink(data, "1");
        File.CreateSymbolicLink(file, Path.Combine("..data", "c.json"));
        var configuration = ConfigurationFiles.Load(file);
        Assert.Equal("1", configuration["a"]);

        await ChangedAsync(configuration, () =>
        {
            Map("2");
            Directory.Delete(data);
            Directory.CreateSymbolicLink(data, "2");
        });

        Assert.Equal("2", configuration["a"]);

        void Map(string version)
        {
            Directory.CreateDirectory(Path.Combine(_directory, version));
            Write(Path.Combine(version, "c.json"), $$"""{ "a": "{{version}}" }""");
        }
    }

    /// <summary>As root everything can be read, but a file that is only to be written.</summary>
    [Fact]
    public async Task A_file_that_may_no_longer_be_read_keeps_what_it_had_and_says_so()
    {
        const string WriteOnly = "/sys/bus/platform/drivers_probe";
        Assert.SkipUnless(File.Exists(WriteOnly), "There is no file here that not even root may read.");
        var file = Path.Combine(_directory, Write("c.json", """{ "a": { "b": "1" } }"""));
        var configuration = ConfigurationFiles.Load(file);
        var link = Path.Combine(_directory, "link");
        File.CreateSymbolicLink(link, WriteOnly);

        await ChangedAsync(configuration, () => File.Move(link, file, overwrite: true));

        Assert.Equal("1", configuration["a:b"]);
        Assert.Contains("Let the user that snapback runs as read it", Assert.Single(ConfigurationFiles.Unreadable(configuration)), StringComparison.Ordinal);
    }

    private static async Task ChangedAsync(IConfiguration configuration, Action change)
    {
        var changed = new TaskCompletionSource();
        using var watch = configuration.GetReloadToken().RegisterChangeCallback(_ => changed.TrySetResult(), null);
        change();
        await changed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static IEnumerable<string> Walk(IConfiguration section) =>
        section.GetChildren().SelectMany(child => Walk(child).Prepend($"{child.Path}={child.Value}"));

    /// <summary>Objects, lists and values in each other; keys that differ by case only would be refused.</summary>
    private static Gen<string> Document(int depth)
    {
        var value = depth == 0
            ? Leaf
            : Gen.OneOf(
                Leaf, Document(depth - 1), Document(depth - 1).Array[0, 3].Select(items => $"[{string.Join(',', items)}]"));
        return Gen.Select(Key, value).Array[0, 4].Select(entries =>
        {
            var members = entries.DistinctBy(entry => entry.Item1.ToUpper(CultureInfo.InvariantCulture));
            return $"{{{string.Join(',', members.Select(entry => $"\"{entry.Item1}\":{entry.Item2}"))}}}";
        });
    }

    private static Gen<string> Leaf => Gen.OneOf("1", "true", "null", "\"text\"", "{}", "[]");

    private string Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(_directory, name), text, Encoding.UTF8);
        return name;
    }
}
