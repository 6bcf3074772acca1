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

        File.Delete(file);
        Assert.Equal("There is no file 'c.json' any more. Put it back.", Assert.Single(ConfigurationFiles.Unreadable(configuration)));
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
