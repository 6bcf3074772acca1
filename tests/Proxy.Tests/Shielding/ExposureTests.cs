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
