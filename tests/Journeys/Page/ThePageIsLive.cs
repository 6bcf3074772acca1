using System.Text.Json;

namespace Snapback.Journeys.Page;

/// <summary>What an operator sees and does at <c>/</c> of the admin side.</summary>
public sealed class ThePageIsLive : PageJourney
{
    private const string Climbing = """
        name: shop
        steps: [ { weight: 5%, hold: 1s }, { weight: 50%, hold: 1h } ]
        objectives: [ { metric: success-rate, min: 99.5% }, { metric: p95, max: 2s } ]
        rollback: { authority: [ oncall-shop ], deadline: 5m }
        proof: off
        """;

    private const string Approved = """
        name: shop
        steps: [ { weight: 5%, hold: 1ms, approval: [ ann, ben ] }, { weight: 50%, hold: 1h } ]
        objectives: [ { metric: success-rate, min: 99.5% } ]
        rollback: { authority: [ oncall-shop ], deadline: 5m }
        proof: off
        onNoData: pass
        """;

    [Fact]
    public async Task A_rollout_is_seen_to_climb_and_to_be_rolled_back_without_a_reload()
    {
        var canary = Upstream("canary");
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, Climbing);
        await using var load = Load.Start(proxy.Traffic, 60);
        var story = await TellAsync("climbs", proxy, "shop");
        await story.SaysAsync("open");
        await proxy.PostAsync("start", new { version = "v2", by = "ann" }, "shop");
        await story.SaysAsync("climbed");
        canary.Behaviour = Behaviour.Error;
        await story.EndsAsync();
    }

    [Fact]
    public async Task It_is_operated_by_the_keyboard_and_moves_nothing_that_it_did_not_show()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Approved);
        await (await TellAsync("operates", proxy, "shop")).EndsAsync();
    }

    [Fact]
    public async Task It_says_when_nobody_is_heard_and_when_it_rests_and_lives_again_by_itself()
    {
        var (stable, canary) = (Upstream("stable").Uri.ToString(), Upstream("canary").Uri.ToString());
        var plan = Folder.Write("plan.yaml", Plans.StandingAt("50%"));
        var traffic = FreePort.TakeUri().ToString().TrimEnd('/');
        string[] args = ["--urls", traffic, "--stable", stable, "--canary", canary, "--plan", plan];
        var first = Own(SnapbackProcess.Start(Folder, args));
        await first.ReadyAsync();
        await first.PostAsync("start", new { version = "v2" });
        var story = await TellAsync("returns", first, "default");
        await story.SaysAsync("live");
        first.Process.Freeze();
        await story.SaysAsync("silent");
        first.Process.Thaw();
        await story.SaysAsync("live again");
        await first.KillAsync();
        await story.SaysAsync("gone");
        var second = Own(SnapbackProcess.Start(Folder, args, adminAt: first.AdminUri));
        await second.ReadyAsync();
        await story.EndsAsync();
    }

    [Fact]
    public async Task Of_a_fleet_it_says_who_holds_the_same_who_is_behind_who_is_away_and_that_nobody_is_heard()
    {
        var redis = Own(await RedisServer.StartAsync());
        var plan = Folder.Write("plan.yaml", Plans.StandingAt("50%"));
        string[] args = ["--stable", Upstream("stable").Uri.ToString(), "--canary", Upstream("canary").Uri.ToString(), "--plan", plan];
        var replicas = ((string[])["r1", "r2"])
            .Select(name => Own(SnapbackProcess.Start(Folder, [.. args, .. AsReplica(name, redis.Connection)])))
            .ToList();
        await Task.WhenAll(replicas.Select(replica => replica.ReadyAsync()));
        await replicas[0].PostAsync("start", new { version = "v2" });
        await Task.WhenAll(replicas.Select(replica => replica.SeeAsync("both are heard", status => status is { Fleet.Replicas: 2, Version: "v2" })));
        var story = await TellAsync("fleet", replicas[0], "default");
        await story.SaysAsync("together");
        replicas[1].Process.Freeze();
        await replicas[0].PostAsync("pause", new { by = "ann" });
        await story.SaysAsync("away");
        replicas[1].Process.Thaw();
        await story.SaysAsync("back");
        await redis.KillAsync();
        await story.SaysAsync("unheard");
        await redis.StartAgainAsync();
        await story.EndsAsync();
    }

    [Fact]
    public async Task Nothing_that_somebody_else_writes_becomes_markup_and_no_foreign_page_commands()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Climbing);
        await using var load = Load.Start(proxy.Traffic, 60);
        await (await TellAsync("hostile", proxy, "shop", FreePort.Take(), FreePort.Take())).EndsAsync();
    }

    [Fact]
    public async Task Long_names_and_many_steps_fit_any_width_and_a_long_list_is_narrowed()
    {
        const string name = "customer-notification-preferences-synchronisation-service-eu-1";
        var (stable, canary) = (Upstream("one"), Upstream("two"));
        string[] all = [name, "b", "c", "d", "e", "f", "g"];
        const string asked = ", approval: [ ann, the-other-person-on-call@customer-relations.example.com ]";
        var steps = string.Join(", ", Enumerable.Range(1, 14).Select(step =>
            $"{{ weight: {step * 0.5}%, hold: 1h30m, requests: 12500{(step == 1 ? "" : asked)} }}"));
        var ladder = string.Join(", ", Enumerable.Range(1, 999).Select(step => $"{{ weight: {step * 0.1m}%, hold: 1h }}"));
        string Plan(string one) => $$"""
            name: {{one}}
            stable: one
            canary: two
            routes: [ {{one}} ]
            steps: [ {{(one == "c" ? "{ weight: 100%, bake: 1h }" : one == "e" ? ladder : steps)}} ]
            group: {{(one is "f" or "g" ? "pair" : "off")}}
            schedule: {{(one == "d" ? "{ freeze: [ 2020-01-01..2099-12-31 ] }" : "off")}}
            shield: off
            onBreach: notify
            objectives: [ { metric: success-rate, min: 99.5% }, { metric: p90, max: 200ms } ]
            rollback: { authority: [ oncall-customer-relations-communication-platform, release-captain ], deadline: 5m }
            """;
        var plans = all.SelectMany(one => (string[])["--plan", Folder.Write($"{one}.yaml", Plan(one))]);
        object Cluster(Upstream upstream) => new { Destinations = new { a = new { Address = upstream.Uri } } };
        var config = Folder.Write("appsettings.json", JsonSerializer.Serialize(new
        {
            ReverseProxy = new
            {
                Routes = all.ToDictionary(one => one, one => new { ClusterId = "one", Match = new { Path = $"/{one}" } }),
                Clusters = new { one = Cluster(stable), two = Cluster(canary) },
            },
        }));
        var proxy = await SnapbackAsync(["--config", config, .. plans]);
        await proxy.PostAsync("start", new { version = $"sha256:{new string('5', 64)}", by = "ann" }, name);
        await proxy.PostAsync("start", new { version = "v2" }, "b");
        await proxy.WeightAsync(0.01m, rollout: name);
        await proxy.PostAsync("start", new { version = "v2" }, "c");
        await proxy.PostAsync("start", new { version = "v2", reason = "the fix of Monday" }, "d");
        await proxy.PostAsync("start", new { version = "v2" }, "e");
        await proxy.PostAsync("start", new { version = "v2", by = "فاطمة", reason = "إصلاح" }, "f");
        canary.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(new Uri(proxy.Traffic, "c"), 4);
        await proxy.PostAsync("rollback", new { reason = "an-answer-without-a-single-place-to-break-the-line-" + new string('x', 200) }, "b");
        await (await TellAsync("fits", proxy, name)).EndsAsync();
    }

    [Fact]
    public async Task It_asks_for_the_token_and_keeps_it_in_the_tab_alone()
    {
        const string token = "the-token-of-this-journey";
        var plan = Folder.Write("plan.yaml", Plans.StandingAt("5%"));
        string[] args = ["--stable", Upstream("stable").Uri.ToString(), "--canary", Upstream("canary").Uri.ToString(), "--plan", plan];
        var proxy = Own(SnapbackProcess.Start(Folder, args, token));
        await proxy.ReadyAsync();
        await proxy.PostAsync("start", new { version = "v2" });
        await (await TellAsync("signs-in", proxy, "default", token)).EndsAsync();
        Assert.Equal("Paused", (await proxy.StatusAsync()).Phase);
    }
}
