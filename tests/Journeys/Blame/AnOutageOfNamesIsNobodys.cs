using System.Diagnostics;

namespace Snapback.Journeys.Blame;

/// <summary>Connections get old and are replaced, and a name is looked up for each new one: also while nobody says where it leads.</summary>
public sealed class AnOutageOfNamesIsNobodys : Journey
{
    private readonly NameServer _names;

    public AnOutageOfNamesIsNobodys()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "A name server of its own needs root on Linux.");
        _names = Own(new NameServer());
    }

    [Theory]
    [InlineData("yarp", "Silent")]
    [InlineData("lean", "Fails")]
    public async Task While_no_name_can_be_looked_up_requests_go_where_the_names_last_led(string forwarder, string outage)
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        (_names["stable.test"], _names["canary.test"]) = (IPAddress.Loopback, IPAddress.Loopback);
        var settings = Folder.Write("appsettings.json", $$"""{ "Snapback": { "Forwarder": "{{forwarder}}", "ConnectionAge": "500ms" } }""");
        var plan = Folder.Write("plan.yaml", """
            name: default
            steps: [ { weight: 50%, hold: 1h } ]
            objectives: [ { metric: success-rate, min: 99.5% } ]
            rollback: { authority: [ operator ], deadline: 5m }
            """);
        var proxy = Own(SnapbackProcess.Start(
            Folder,
            [
                "--stable", $"http://stable.test:{stable.Uri.Port}", "--canary", $"http://canary.test:{canary.Uri.Port}",
                "--plan", plan, "--config", settings,
            ],
            names: _names));
        await proxy.ReadyAsync();
        await proxy.PostAsync("start", new { version = "2" });
        using var client = await RawConnection.OpenAsync(proxy.Traffic);
        await AllAnsweredAsync(client, TimeSpan.FromMilliseconds(300));

        _names.Service = Enum.Parse<NameService>(outage);
        await AllAnsweredAsync(client, TimeSpan.FromSeconds(2.5));
        var status = await proxy.StatusAsync();
        Assert.Equal(("Progressing", 0L, 0L), (status.Phase, status.Stable.Failures, status.Canary.Failures));
        Assert.Single(proxy.Process.Output.Split('\n'), line => line.Contains("The name canary.test cannot be looked up", StringComparison.Ordinal));

        // A name that is taken away is no outage: a canary that leads nowhere is down.
        (_names.Service, _names["canary.test"]) = (NameService.Answers, null);
        await Eventually.SeeAsync(
            "the canary is rolled back",
            async () =>
            {
                await AllAnsweredAsync(client, TimeSpan.FromMilliseconds(100));
                return await proxy.StatusAsync();
            },
            now => now.IsRolledBack);
    }

    private static async Task AllAnsweredAsync(RawConnection client, TimeSpan time)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < time;)
        {
            Assert.Equal(200, (await client.ExchangeAsync(RawConnection.Get("/"))).Status);
            await Task.Delay(10, Ended);
        }
    }
}
