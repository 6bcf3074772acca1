using System.Collections.Concurrent;
using System.Net;
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
            Assert.Contains("judge (judge)", told, StringComparison.Ordinal);
            Assert.Contains("snapback retry default", told, StringComparison.Ordinal);
            Assert.Contains("Owner: payments-team.", told, StringComparison.Ordinal);
            Assert.True(path != "/slack" || told.Contains("#payments", StringComparison.Ordinal));
        }

        Assert.Equal(["/discord", "/slack", "/teams"], receiver.Bodies.Select(body => body.Path).Where(path => path != "/events").Order());
        var events = receiver.Bodies.Where(body => body.Path == "/events").Select(body => JsonDocument.Parse(body.Text).RootElement).ToList();
        var rolledBack = events.Single(each => each.GetProperty("type").GetString() == "dev.snapback.rollout.rolled-back");
        Assert.Equal(("1.0", "default"), (rolledBack.GetProperty("specversion").GetString(), rolledBack.GetProperty("subject").GetString()));
        Assert.Equal("success-rate", rolledBack.GetProperty("data").GetProperty("rollback").GetProperty("trigger").GetString());
        Assert.Contains(events, each => each.GetProperty("type").GetString() == "dev.snapback.rollout.started");
        Assert.All(receiver.Types, type => Assert.StartsWith("application/", type, StringComparison.Ordinal));
        Assert.Contains(receiver.Types, type => type.StartsWith("application/cloudevents+json", StringComparison.Ordinal));
    }

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
        private readonly HttpListener _listener = new();
        private readonly Task _answering;

        public Receiver()
        {
            Url = FreePort.TakeUri();
            _listener.Prefixes.Add(Url.ToString());
            _listener.Start();
            _answering = AnswerAsync();
        }

        public Uri Url { get; }

        public ConcurrentQueue<(string Path, string Text)> Bodies { get; } = new();

        public ConcurrentQueue<string> Types { get; } = new();

        public async ValueTask DisposeAsync()
        {
            _listener.Close();
            await _answering;
        }

        private async Task AnswerAsync()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    using var reader = new StreamReader(context.Request.InputStream);
                    Types.Enqueue(context.Request.ContentType ?? "");
                    Bodies.Enqueue((context.Request.Url!.AbsolutePath, await reader.ReadToEndAsync()));
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // Closed.
            }
        }
    }
}
