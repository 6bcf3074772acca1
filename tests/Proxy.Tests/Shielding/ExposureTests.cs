using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Shielding;

public sealed class ExposureTests
{
    private static readonly RolloutPlan Sticky = ProxyRig.Plan with { Sticky = [new StickyKey(StickySource.Header, "X-User-Id")] };

    [Fact]
    public async Task A_rollback_tells_how_many_users_met_the_version_and_how_much_it_sent_them()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Sticky);
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal((200, "canary"), await rig.GetAsync("/", ("X-User-Id", $"user-{i % 10}")));
        }

        rig.Canary.Handle = Handlers.Answer(500);
        while (rig.Status.Phase != RolloutPhase.RolledBack)
        {
            await rig.GetAsync("/", ("X-User-Id", $"user-{Guid.NewGuid()}"));
        }

        await rig.GetAsync();
        var record = rig.Status.Rollback!;
        var exposure = record.Exposure!;
        Assert.Equal((30 + record.Failures, 10 + record.Failures, 30L * "canary".Length), (exposure.Requests, exposure.Users, exposure.Bytes));
        Assert.InRange(exposure.To - exposure.From, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.InRange(exposure.To, record.At - TimeSpan.FromMinutes(1), record.At + TimeSpan.FromMinutes(1));

        IReadOnlyList<HistoryEntry> history;
        while ((history = await rig.HistoryAsync())[0].Kind != "rolled-back")
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.InRange(history[0].Exposure!.Requests, 30, exposure.Requests);
    }

    [Fact]
    public async Task Who_still_listens_when_it_is_rolled_back_has_met_it_in_the_record_and_in_the_history_after_the_next_start()
    {
        await using var rig = await ProxyRig.StartAsync(plan: Sticky);
        rig.Canary.Handle = async context =>
        {
            await context.Response.WriteAsync("hello");
            await Handlers.Hang(context);
        };
        List<HttpResponseMessage> listening = [];
        foreach (var user in (string[])["ann", "bob", "ann"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-User-Id", user } } };
            listening.Add(await rig.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken));
        }

        rig.Live.RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        Assert.Equal((3L, 2L), (rig.Status.Rollback!.Exposure!.Requests, rig.Status.Rollback!.Exposure!.Users));
        while ((await rig.HistoryAsync())[0].Kind != "rolled-back")
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await rig.DoAsync(new RolloutCommand.SetWeight(new Weight(10_000), "v2", "ann"));
        using var history = JsonDocument.Parse(
            await rig.Client.GetStringAsync($"{rig.Admin}/api/rollouts/shop/history", TestContext.Current.CancellationToken));
        var met = history.RootElement.EnumerateArray().Single(line => line.GetProperty("kind").GetString() == "rolled-back").GetProperty("exposure");
        Assert.Equal((3L, 2L), (met.GetProperty("requests").GetInt64(), met.GetProperty("users").GetInt64()));
        listening.ForEach(static answer => answer.Dispose());
    }

    [Fact]
    public async Task Without_a_key_users_are_told_apart_by_their_address()
    {
        await using var rig = await ProxyRig.StartAsync();
        await rig.GetAsync();
        await rig.GetAsync();
        await rig.CountedAsync(2);
        var exposure = rig.Generation.Exposure.Of(Moment.Now(TimeProvider.System))!;
        Assert.Equal((2L, 1L), (exposure.Requests, exposure.Users));
    }
}
