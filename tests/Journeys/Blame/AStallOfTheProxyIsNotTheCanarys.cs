namespace Snapback.Journeys.Blame;

/// <summary>A machine that pauses lets time-outs run while the answers are there and nobody reads them.</summary>
public sealed class AStallOfTheProxyIsNotTheCanarys : Journey
{
    private const int AtOnce = 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    [Fact]
    public async Task Time_outs_that_ran_while_it_stood_still_roll_nothing_back_and_those_after_it_do()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await SnapbackAsync("--config", Folder.Write("appsettings.json", $$"""
            {
              "ReverseProxy": {
                "Routes": { "all": { "ClusterId": "shop", "Match": { "Path": "/{**any}" } } },
                "Clusters": {
                  "shop": { "Destinations": { "a": { "Address": "{{stable.Uri}}" } } },
                  "shop-next": { "Destinations": { "a": { "Address": "{{canary.Uri}}" } }, "HttpRequest": { "ActivityTimeout": "{{Limit}}" } }
                }
              },
              "Snapback": {
                "Rollouts": {
                  "shop": {
                    "Stable": "shop", "Canary": "shop-next", "Shield": "off",
                    "Steps": [ { "Weight": "100%", "Bake": "1h" } ],
                    "Objectives": [ { "Metric": "success-rate", "Min": "99.5%" } ],
                    "Rollback": { "Authority": [ "shop-team" ], "Deadline": "5m" }
                  }
                }
              }
            }
            """));
        await proxy.PostAsync("start", new { version = "2" }, "shop");
        (canary.Delay, canary.Behaviour) = (TimeSpan.FromMilliseconds(700), Behaviour.Slow);

        var answers = Enumerable.Range(0, AtOnce).Select(_ => Load.SequentialAsync(proxy.Traffic, 1)).ToList();
        await Eventually.SeeAsync("all are at the canary", () => canary.Requests == AtOnce);
        proxy.Process.Freeze();
        await Task.Delay(2 * Limit, Ended);
        proxy.Process.Thaw();
        await Task.WhenAll(answers);
        var status = await proxy.SeeAsync("all have ended", status => status.Canary is { InFlight: 0, Requests: AtOnce }, "shop");
        Assert.Equal(("Baking", 0), (status.Phase, status.Canary.Failures));

        canary.Behaviour = Behaviour.Hang;
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Load.SequentialAsync(proxy.Traffic, 1)));
        Assert.Equal("RolledBack", (await proxy.StatusAsync("shop")).Phase);
    }

    /// <summary>Twenty in flight at a canary that gets everybody: no other arm would say that both are slow.</summary>
    [Theory]
    [InlineData("firstByte")]
    [InlineData("total")]
    public async Task A_healthy_canary_is_not_slow_because_the_proxy_stood_still_and_one_that_hangs_after_it_is_seen(string latency)
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, $$"""
            name: default
            steps: [ { weight: 100%, bake: 1h } ]
            objectives: [ { metric: p95, max: 400ms } ]
            rollback: { authority: [ operator ], deadline: 5m }
            latency: {{latency}}
            shield: off
            """);
        await proxy.PostAsync("start", new { version = "2" });
        (canary.Delay, canary.Behaviour) = (TimeSpan.FromMilliseconds(200), Behaviour.Slow);

        var answers = Enumerable.Range(0, AtOnce).Select(_ => Load.SequentialAsync(proxy.Traffic, 1)).ToList();
        await Eventually.SeeAsync("all are at the canary", () => canary.Requests == AtOnce);
        proxy.Process.Freeze();
        await Task.Delay(TimeSpan.FromSeconds(1), Ended);
        proxy.Process.Thaw();
        Assert.All(await Task.WhenAll(answers), seen => Assert.Equal(1, seen["canary"]));
        var status = await proxy.SeeAsync("all have ended", status => status.Canary is { InFlight: 0, Requests: AtOnce });
        Assert.Equal(("Baking", 0), (status.Phase, status.Canary.Slow));

        canary.Behaviour = Behaviour.Hang;
        var waiting = Enumerable.Range(0, 4).Select(_ => Load.SequentialAsync(proxy.Traffic, 1)).ToList();
        status = await proxy.SeeAsync("rolled back", status => status.IsRolledBack, within: TimeSpan.FromSeconds(4));
        Assert.Equal("p95", status.Rollback.Trigger);
        await canary.DisposeAsync();
        await Task.WhenAll(waiting);
    }
}
