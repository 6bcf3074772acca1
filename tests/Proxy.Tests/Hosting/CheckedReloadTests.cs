using Microsoft.Extensions.Configuration;
using Serilog;
using Snapback.Proxy.Hosting;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>YARP's section may change while the proxy runs; with what it would not start with, it goes on with what it has.</summary>
public sealed class CheckedReloadTests : IDisposable
{
    private const string Address = "ReverseProxy:Clusters:shop:Destinations:a:Address";

    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly LogLines _log = new();

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(Address, "127.0.0.1:5001", "is '127.0.0.1:5001': an address is an absolute URL")]
    [InlineData("ReverseProxy:Routes:all:ClusterId", "shpo", "there is no cluster 'shpo'")]
    [InlineData("ReverseProxy:Routes:all:Match:Path", "", "ReverseProxy: ")]
    public async Task A_change_that_would_not_start_is_told_once_and_not_taken(string key, string value, string told)
    {
        await using var before = await Upstream.StartAsync("before");
        await using var after = await Upstream.StartAsync("after");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ReverseProxy:Routes:all:ClusterId"] = "shop",
            ["ReverseProxy:Routes:all:Match:Path"] = "/{**any}",
            [Address] = before.Url,
        }).Build();
        await using var host = await SnapbackHost.StartAsync(
            new Settings { Urls = "http://127.0.0.1:0", AdminUrls = "http://127.0.0.1:0", DataDirectory = _directory, Replica = "r1" },
            configuration, [], new LoggerConfiguration().WriteTo.Sink(_log).CreateLogger());

        var right = configuration[key];
        configuration[key] = value;
        configuration.Reload();
        await UntilAsync(() => Task.FromResult(Told().Any()));
        // As a file's watcher does.
        configuration.Reload();
        Assert.Contains(told, Assert.Single(Told()), StringComparison.Ordinal);
        Assert.Equal("before", await AskAsync());

        configuration[key] = right;
        configuration[Address] = after.Url;
        configuration.Reload();
        await UntilAsync(async () => await AskAsync() == "after");
        Assert.Equal("The configuration is right again: its \"ReverseProxy\" is taken.", Told().Skip(1).Single());

        IEnumerable<string> Told() => _log.Said.Where(line => line.StartsWith("The configuration ", StringComparison.Ordinal));
        Task<string> AskAsync() => _client.GetStringAsync(host.TrafficAddress);
    }

    [Fact]
    public void A_change_whose_check_fails_is_told_and_not_taken()
    {
        var (configuration, reload) = Checked(() => throw new NotSupportedException("Out of luck."));
        using (reload)
        {
            var before = reload.GetReloadToken();

            configuration.Reload();

            Assert.False(before.HasChanged);
            Assert.Contains("Out of luck.", Assert.Single(_log.Said), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_check_of_what_is_no_longer_there_takes_nothing()
    {
        var checks = new Queue<TaskCompletionSource<IReadOnlyList<string>>>([new(), new()]);
        var (first, second) = (checks.First(), checks.Last());
        var (configuration, reload) = Checked(() => checks.Dequeue().Task);
        using (reload)
        {
            var before = reload.GetReloadToken();
            configuration.Reload();
            configuration.Reload();

            second.SetResult(["It is wrong."]);
            first.SetResult([]);

            Assert.False(before.HasChanged);
            Assert.Contains("It is wrong.", Assert.Single(_log.Said), StringComparison.Ordinal);
        }
    }

    private (IConfigurationRoot Configuration, CheckedReload Reload) Checked(Func<Task<IReadOnlyList<string>>> problems)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
        return (configuration, new CheckedReload(configuration, "ReverseProxy", problems, new LoggerConfiguration().WriteTo.Sink(_log).CreateLogger()));
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await holds())
        {
            await Task.Delay(10, deadline.Token);
        }
    }
}
