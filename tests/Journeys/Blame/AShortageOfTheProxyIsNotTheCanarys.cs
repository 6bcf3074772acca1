using System.Diagnostics;

namespace Snapback.Journeys.Blame;

/// <summary>
/// A process at its limit of open files can open no connection, whichever arm it is for. Stable has open ones by then, and a canary has none yet.
/// </summary>
public sealed class AShortageOfTheProxyIsNotTheCanarys : Journey
{
    private const string NoFile = "no file left for another connection";

    private const string Judged = """
        name: default
        steps: [ { weight: 50%, hold: 1h } ]
        objectives: [ { metric: success-rate, min: 99.5% } ]
        rollback: { authority: [ operator ], deadline: 5m }
        """;

    [Theory]
    [InlineData("yarp")]
    [InlineData("lean")]
    public async Task Connections_that_could_not_be_opened_for_want_of_files_roll_nothing_back_and_are_told(string forwarder)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is taken away by prlimit.");
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await ProxyAsync(stable.Uri, canary.Uri, Judged, Chosen(forwarder));
        using var client = await RawConnection.OpenAsync(proxy.Traffic);
        Assert.Equal("stable", (await client.ExchangeAsync(RawConnection.Get("/"))).Body);
        await proxy.PostAsync("start", new { version = "2" });

        await SetFilesAsync(proxy, "1");
        for (var i = 0; i < 100; i++)
        {
            // What the canary could not be asked, stable answers.
            Assert.Equal("stable", (await client.ExchangeAsync(RawConnection.Get("/"))).Body);
        }

        var status = await proxy.StatusAsync();
        Assert.Equal(("Progressing", 0), (status.Phase, status.Canary.Failures));
        await SetFilesAsync(proxy, "1000");
        Assert.Single(proxy.Process.Output.Split('\n'), line => line.Contains(NoFile, StringComparison.Ordinal));

        canary.Behaviour = Behaviour.Error;
        for (var i = 0; i < 100; i++)
        {
            await client.ExchangeAsync(RawConnection.Get("/"));
        }

        Assert.True((await proxy.StatusAsync()).IsRolledBack);
    }

    [Fact]
    public async Task A_copy_for_which_no_connection_could_be_opened_is_counted_and_is_neither_failed_nor_slow()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is taken away by prlimit.");
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await ProxyAsync(stable.Uri, canary.Uri, """
            name: default
            steps: [ { shadow: 100%, hold: 1h }, { weight: 50%, hold: 1h } ]
            shadow: { concurrency: 1, queue: 1000 }
            objectives: [ { metric: success-rate, min: 99.5% }, { metric: p95, max: 200ms } ]
            rollback: { authority: [ operator ], deadline: 5m }
            """);
        using var client = await RawConnection.OpenAsync(proxy.Traffic);
        Assert.Equal("stable", (await client.ExchangeAsync(RawConnection.Get("/"))).Body);
        await proxy.PostAsync("start", new { version = "2" });

        await SetFilesAsync(proxy, "1");
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal("stable", (await client.ExchangeAsync(RawConnection.Get("/"))).Body);
        }

        await proxy.SeeAsync("all copies are counted", now => Unjudged(now) == 50);
        // Longer than the limit: nothing is left that grows old.
        await Task.Delay(1000, Ended);
        var status = await proxy.StatusAsync();
        Assert.Equal(("Progressing", 0L, 0L), (status.Phase, status.Canary.Failures, status.Canary.Slow));
        Assert.Single(proxy.Process.Output.Split('\n'), line => line.Contains(NoFile, StringComparison.Ordinal));

        static long Unjudged(Status status) => status.Json.GetProperty("shadow").GetProperty("unjudged").GetInt64();
    }

    [Theory]
    [InlineData("yarp")]
    [InlineData("lean")]
    public async Task However_many_clients_come_at_once_the_proxy_lives_and_whoever_asks_in_turn_is_answered(string forwarder)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is set by prlimit.");
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = Own(SnapbackProcess.Start(Folder, Arguments(stable.Uri, canary.Uri, Judged, Chosen(forwarder)), files: 400));
        await proxy.ReadyAsync();
        await proxy.PostAsync("start", new { version = "2" });

        // More than there are files for, and all of them ask.
        var burst = await ClientsAsync(proxy, 300);
        await Task.WhenAll(burst.Select(client => client.SendAsync(RawConnection.Get("/"))));
        foreach (var client in burst)
        {
            Assert.Contains((await client.ReadAsync()).Status, new[] { 200, 502 });
            client.Dispose();
        }

        // Those who are let in take their time.
        var waiting = await ClientsAsync(proxy, 300);
        await Eventually.SeeAsync(
            "the want of files is told", () => Task.FromResult(proxy.Process.Output), output => output.Contains(NoFile, StringComparison.Ordinal));
        Assert.Equal("Progressing", (await proxy.StatusAsync()).Phase);
        foreach (var client in waiting)
        {
            Assert.Equal(200, (await client.ExchangeAsync(RawConnection.Get("/"))).Status);
            client.Dispose();
        }

        var status = await proxy.StatusAsync();
        Assert.Equal(("Progressing", 0L), (status.Phase, status.Canary.Failures));
    }

    private static async Task<IReadOnlyList<RawConnection>> ClientsAsync(SnapbackProcess proxy, int count)
    {
        var clients = new List<RawConnection>();
        for (var i = 0; i < count; i++)
        {
            clients.Add(await RawConnection.OpenAsync(proxy.Traffic));
        }

        return clients;
    }

    private string[] Arguments(Uri stable, Uri canary, string plan, string[] others) =>
        ["--stable", stable.ToString(), "--canary", canary.ToString(), "--plan", Folder.Write("plan.yaml", plan), .. others];

    private string[] Chosen(string forwarder) =>
        ["--config", Folder.Write("appsettings.json", $$"""{ "Snapback": { "Forwarder": "{{forwarder}}" } }""")];

    // A thread takes files to start, and a runtime whose thread pool cannot start one ends the process: here they are all taken away at once.
    private async Task<SnapbackProcess> ProxyAsync(Uri stable, Uri canary, string plan, params string[] others)
    {
        var proxy = Own(SnapbackProcess.Start(
            Folder,
            Arguments(stable, canary, plan, others),
            environment: new Dictionary<string, string>
            {
                ["DOTNET_ThreadPool_ForceMaxWorkerThreads"] = "3",
                ["DOTNET_ThreadPool_ThreadsToKeepAlive"] = "-1",
            }));
        await proxy.ReadyAsync();
        return proxy;
    }

    private static async Task SetFilesAsync(SnapbackProcess proxy, string most)
    {
        using var prlimit = Process.Start("prlimit", ["--pid", $"{proxy.Process.Id}", $"--nofile={most}:"]);
        await prlimit.WaitForExitAsync(Ended);
        Assert.Equal(0, prlimit.ExitCode);
    }
}
