using System.Collections.Concurrent;
using System.Text.Json;

namespace Snapback.Journeys.Checks;

/// <summary>Every way out of a rollout, told in the form that each receiver takes.</summary>
public sealed class PeopleAreTold : Journey
{
    [Fact]
    public async Task A_rollback_is_told_in_four_forms_and_what_is_less_severe_only_to_who_wants_it()
    {
        await using var receiver = new Receiver();
        var canary = Upstream("canary");
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, $$"""
            name: default
            steps: [ { weight: 100%, bake: 1h } ]
            shield: off
            objectives: [ { metric: success-rate, min: 99.5% } ]
            rollback: { authority: [ operator ], deadline: 5m }
            owner: payments-team
            notifications:
              - { format: cloudevents, url: "{{receiver.Url}}events" }
              - { format: slack, url: "{{receiver.Url}}slack", severity: error, channel: "#payments" }
              - { format: teams, url: "{{receiver.Url}}teams", severity: warn }
              - { format: discord, url: "{{receiver.Url}}discord", severity: error }
            """);
        Own(Load.Start(proxy.Traffic, perSecond: 50));
        await proxy.PostAsync("start", new { version = "2.0" });
        canary.Behaviour = Behaviour.Error;
        var explanation = (await proxy.SeeAsync("rolled back", status => status.Phase == "RolledBack")).Rollback.Explanation;
        await Eventually.SeeAsync("all four are told", () => receiver.Bodies.Count(body => body.Text.Contains("rolled", StringComparison.Ordinal)) >= 4);

        foreach (var (path, text) in receiver.Bodies.Where(body => body.Path != "/events"))
        {
            using var json = JsonDocument.Parse(text);
            var told = string.Join(" ", Texts(json.RootElement));
            Assert.Contains("default: rolled back", told, StringComparison.Ordinal);
            Assert.Contains("Version 2.0 of default is RolledBack at 0%.", told, StringComparison.Ordinal);
            Assert.Contains(explanation, told, StringComparison.Ordinal);
            Assert.Contains("judge on ", told, StringComparison.Ordinal);
            Assert.Contains("snapback retry default", told, StringComparison.Ordinal);
            Assert.Contains("Owner: payments-team.", told, StringComparison.Ordinal);
            Assert.True(path != "/slack" || told.Contains("#payments", StringComparison.Ordinal));
        }

        var deliveries = receiver.Deliveries.Where(delivery => delivery.Contains("/rolled-back/", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, deliveries.Distinct().Count());
        Assert.Equal(["/discord", "/slack", "/teams"], receiver.Bodies.Select(body => body.Path).Where(path => path != "/events").Order());
        var events = receiver.Bodies.Where(body => body.Path == "/events").Select(body => JsonDocument.Parse(body.Text).RootElement).ToList();
        var rolledBack = events.Single(each => each.GetProperty("type").GetString() == "dev.snapback.rollout.rolled-back");
        Assert.Equal(("1.0", "default"), (rolledBack.GetProperty("specversion").GetString(), rolledBack.GetProperty("subject").GetString()));
        Assert.Equal("success-rate", rolledBack.GetProperty("data").GetProperty("rollback").GetProperty("trigger").GetString());
        Assert.Contains(events, each => each.GetProperty("type").GetString() == "dev.snapback.rollout.started");
        Assert.All(receiver.Types, type => Assert.StartsWith("application/", type, StringComparison.Ordinal));
        Assert.Contains(receiver.Types, type => type.StartsWith("application/cloudevents+json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rollback_is_told_before_stable_has_answered_for_the_canary_and_counts_no_user_as_hurt()
    {
        await using var receiver = new Receiver();
        var canary = Upstream("canary");
        var proxy = await SidecarAsync(Upstream("stable").Uri, canary.Uri, $$"""
            name: default
            steps: [ { weight: 100%, bake: 1h } ]
            objectives: [ { metric: success-rate, min: 99.5% } ]
            rollback: { authority: [ operator ], deadline: 5m }
            notifications: [ { url: "{{receiver.Url}}" } ]
            """);
        await proxy.PostAsync("start", new { version = "2" });
        canary.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(proxy.Traffic, 20);

        var told = await receiver.SeeAsync(
            "rolled-back", what: "Version 2 of default is RolledBack at 0%.", now: "snapback status default says how many users");
        Assert.False(told.GetProperty("rollback").TryGetProperty("victims", out _));
        Assert.Equal(0, (await proxy.StatusAsync()).Rollback.Victims);
    }

    [Fact]
    public async Task Whoever_the_configuration_names_hears_of_a_promotion_its_undo_and_a_freeze_in_every_rollout()
    {
        await using var receiver = new Receiver();
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var settings = Folder.Write("settings.json", $$"""
            { "Snapback": { "Notifications": [ { "format": "cloudevents", "url": "{{receiver.Url}}all" } ] } }
            """);
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plan("{ weight: 100%, requests: 3 }"), "--config", settings);
        await proxy.PostAsync("start", new { version = "2" });
        await Load.SequentialAsync(proxy.Traffic, 20);
        await proxy.SeeAsync("it is promoted", status => status.Phase == "Promoted");
        var promoted = await receiver.SeeAsync("promoted", what: "Version 2 of default is Promoted at 100%.", now: "snapback undo default");
        Assert.Equal("stable", promoted.GetProperty("nextCluster").GetString());

        Assert.Equal(0, (await proxy.CliAsync("undo", "default", "--by", "ann", "--reason", "the totals differ")).ExitCode);
        var undone = await receiver.SeeAsync("rolled-back", what: "Version 2 of default is RolledBack at 0%.", now: "on the version before the promotion");
        Assert.Contains("ann (operator) on ", undone.GetProperty("who").GetString(), StringComparison.Ordinal);
        Assert.Contains("the totals differ", undone.GetProperty("why").GetString(), StringComparison.Ordinal);

        var frozenPlan = Folder.Write("freeze.yaml", Plan("{ weight: 50%, hold: 1h }") + "\nonBreach: freeze\nowner: payments-team\n");
        Assert.Equal(0, (await proxy.CliAsync("apply", frozenPlan)).ExitCode);
        await proxy.PostAsync("start", new { version = "3" });
        canary.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(proxy.Traffic, 60);
        await receiver.SeeAsync("frozen", what: "Version 3 of default is Frozen at 50%.", now: "snapback resume default");
    }

    private static string Plan(string step) => $$"""
        name: default
        steps: [ {{step}} ]
        objectives: [ { metric: success-rate, min: 99.5% } ]
        proof: off
        shield: off
        rollback: { authority: [ operator ], deadline: 5m }
        """;

    private static IEnumerable<string> Texts(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [WebUtility.HtmlDecode(element.GetString()!)],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Texts(property.Value)),
        _ => [],
    };

    /// <summary>Keeps what it is sent.</summary>
    private sealed class Receiver : IAsyncDisposable
    {
        private readonly Listener _listener;

        public Receiver() => _listener = new Listener(AnswerAsync);

        public Uri Url => _listener.Address;

        public ConcurrentQueue<(string Path, string Text)> Bodies { get; } = new();

        public ConcurrentQueue<string> Types { get; } = new();

        public ConcurrentQueue<string> Deliveries { get; } = new();

        /// <returns>The data of the one event of this kind, once it says what happened and what to do.</returns>
        public async Task<JsonElement> SeeAsync(string kind, string what, string now)
        {
            await Eventually.SeeAsync($"{kind} is told", () => Data(kind).Any());
            var data = Assert.Single(Data(kind));
            Assert.Equal(what, data.GetProperty("what").GetString());
            Assert.Contains(now, data.GetProperty("now").GetString(), StringComparison.Ordinal);
            return data;
        }

        public ValueTask DisposeAsync() => _listener.DisposeAsync();

        private IEnumerable<JsonElement> Data(string kind) => Bodies
            .Select(body => JsonDocument.Parse(body.Text).RootElement.GetProperty("data"))
            .Where(data => data.GetProperty("kind").GetString() == kind);

        private async Task AnswerAsync(HttpListenerContext context)
        {
            using var reader = new StreamReader(context.Request.InputStream);
            Types.Enqueue(context.Request.ContentType ?? "");
            Deliveries.Enqueue(context.Request.Headers["X-Snapback-Delivery"] ?? "");
            Bodies.Enqueue((context.Request.Url!.AbsolutePath, await reader.ReadToEndAsync()));
            context.Response.Close();
        }
    }
}
