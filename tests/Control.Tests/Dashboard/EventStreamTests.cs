using System.Text.Json;
using Snapback.Control.Tests.Admin;
using Xunit;

namespace Snapback.Control.Tests.Dashboard;

public sealed class EventStreamTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_list_is_told_at_once_and_then_every_change_and_every_rollout_that_comes_or_goes()
    {
        await using var rig = await AdminRig.StartAsync();
        using var events = await EventsAsync(rig);
        Assert.Equal("replica", (await events.NextAsync()).Kind);
        Assert.Equal(("rollout", "Idle"), await events.NextAsync() is var first ? (first.Kind, first.Text("phase")) : default);
        await rig.PostAsync("start", """{"version":"v2"}""");
        Assert.Equal("Progressing", (await events.NextAsync()).Text("phase"));
        await OtherAsync(rig);
        Assert.Equal("""["other","shop"]""", (await events.NextAsync()).Data.GetProperty("rollouts").GetRawText());
        Assert.Equal("other", (await events.NextAsync()).Text("name"));
        await rig.SendAsync("DELETE", "/api/rollouts/other");
        Assert.Equal("""["shop"]""", (await events.NextAsync()).Data.GetProperty("rollouts").GetRawText());
    }

    [Fact]
    public async Task A_shadow_step_is_a_share_that_is_copied_and_no_weight()
    {
        await using var rig = await AdminRig.StartAsync();
        var plan = AdminRig.Plan.Replace(
            "\"objectives\"",
            "\"steps\":[{\"shadow\":\"40%\",\"requests\":100},{\"weight\":\"5%\",\"hold\":\"10m\"}],\"objectives\"",
            StringComparison.Ordinal);
        Assert.Equal(200, (await rig.SendAsync("PUT", "/api/rollouts/shop", plan)).Code);
        await rig.PostAsync("start", """{"version":"v2"}""");
        using var events = await EventsAsync(rig);
        await events.NextAsync();
        var told = (await events.NextAsync()).Data;
        Assert.Equal((40m, 0m), (told.GetProperty("copied").GetDecimal(), told.GetProperty("weight").GetDecimal()));
    }

    [Fact]
    public async Task A_list_is_told_that_the_canary_gets_nothing_here_though_the_status_is_the_same()
    {
        await using var rig = await AdminRig.StartAsync();
        Assert.True(rig.ControlPlane.Board.TryGet("shop", out var live));
        using var events = await EventsAsync(rig);
        await events.NextAsync();
        Assert.False((await events.NextAsync()).Data.GetProperty("withheld").GetBoolean());
        live.Withhold(true);
        Assert.True((await events.NextAsync()).Data.GetProperty("withheld").GetBoolean());
        live.Withhold(false);
        Assert.False((await events.NextAsync()).Data.GetProperty("withheld").GetBoolean());
    }

    [Fact]
    public async Task One_rollout_is_followed_in_full_until_it_is_deleted()
    {
        await using var rig = await AdminRig.StartAsync();
        using var events = await EventsAsync(rig, "?rollout=shop");
        await events.NextAsync();
        var told = await events.NextAsync();
        Assert.Equal(("status", "Idle"), (told.Kind, told.Data.GetProperty("status").GetProperty("phase").GetString()));
        Assert.Equal(JsonValueKind.Array, told.Data.GetProperty("objectives").ValueKind);
        await rig.SendAsync("DELETE", "/api/rollouts/shop");
        Assert.Equal("gone", (await events.NextAsync()).Kind);
        Assert.Equal(404, (await rig.GetAsync("/api/events?rollout=shop")).Code);
    }

    [Fact]
    public async Task Whoever_comes_back_is_told_what_changed_and_after_a_restart_everything()
    {
        await using var rig = await AdminRig.StartAsync();
        await OtherAsync(rig);
        string id;
        using (var events = await EventsAsync(rig))
        {
            await events.NextAsync();
            await events.NextAsync();
            await events.NextAsync();
            await rig.PostAsync("start", """{"version":"v2"}""");
            id = (await events.NextAsync()).Id;
        }

        await rig.SendAsync("POST", "/api/rollouts/other/start", """{"version":"v9"}""");
        using var again = await EventsAsync(rig, "", id);
        await again.NextAsync();
        List<string> names = [(await again.NextAsync()).Text("name")];
        if (names[0] != "other")
        {
            // Its own last change may come twice: an id is of before the look.
            names.Add((await again.NextAsync()).Text("name"));
        }

        Assert.Equal("other", names[^1]);
        using var stranger = await EventsAsync(rig, "", "0123456789ab-999999");
        await stranger.NextAsync();
        Assert.Equal(["other", "shop"], [(await stranger.NextAsync()).Text("name"), (await stranger.NextAsync()).Text("name")]);
    }

    private static async Task OtherAsync(AdminRig rig) =>
        Assert.Equal(200, (await rig.SendAsync("PUT", "/api/rollouts/other", AdminRig.Plan.Replace("shop", "other", StringComparison.Ordinal))).Code);

    private static async Task<Events> EventsAsync(AdminRig rig, string query = "", string? id = null) =>
        await TryAsync(rig, query, id) ?? throw new InvalidOperationException("The stream was refused.");

    private static async Task<Events?> TryAsync(AdminRig rig, string query, string? id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events" + query);
        if (id is not null)
        {
            request.Headers.Add("Last-Event-ID", id);
        }

        var response = await rig.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ended);
        if (response.IsSuccessStatusCode)
        {
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
            return new Events(response, new StreamReader(await response.Content.ReadAsStreamAsync(Ended)));
        }

        response.Dispose();
        return null;
    }

    private sealed record Event(string Id, string Kind, JsonElement Data)
    {
        public string Text(string name) => Data.GetProperty(name).GetString()!;
    }

    private sealed class Events(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        /// <summary>The next one, comments left out.</summary>
        public async Task<Event> NextAsync()
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ended);
            limit.CancelAfter(TimeSpan.FromSeconds(30));
            var fields = new Dictionary<string, string>();
            while (true)
            {
                var line = await reader.ReadLineAsync(limit.Token) ?? throw new EndOfStreamException();
                if (line.Length == 0 && fields.Count > 0)
                {
                    return new Event(fields["id"], fields["event"], JsonElement.Parse(fields["data"]));
                }

                if (line.IndexOf(':') is > 0 and var colon)
                {
                    fields[line[..colon]] = line[(colon + 2)..];
                }
            }
        }

        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }
    }
}
