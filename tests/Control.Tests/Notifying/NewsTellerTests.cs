using System.Text.Json;
using Snapback.Control.Hooks;
using Snapback.Control.Notifying;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Advancing;
using Snapback.Control.Tests.Rollouts;
using Snapback.Control.Tests.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Notifying;

/// <summary>What happens is told once, whoever dies in between and whether or not the store is there.</summary>
public sealed class NewsTellerTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly TempDirectory _directory = new();
    private readonly Outgoing _outgoing = new(() => HookSettings.None, TimeProvider.System);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(NewsTeller Teller, Task Loops)> _running = [];
    private Receiver? _receiver;

    [Fact]
    public async Task Every_line_of_the_history_is_told_once_under_the_id_that_it_has_there()
    {
        await using var rig = await StartAsync();
        await rig.DoneAsync(Samples.Start("v1"), Samples.Pause, Samples.Resume);
        rig.Live.RollBack("operator", "Rolled back.", Authority.Operator, "ann", null);
        await SeeAsync(5);
        await LookTwiceAsync();
        var history = (await rig.Store.HistoryAsync("shop", 100)).Reverse().ToList();
        Assert.Equal(history.Select(entry => entry.Id).Order(), Told().Select(told => told.Id).Order());
        Assert.EndsWith("/1/rolled-back", history[^1].Id, StringComparison.Ordinal);
        Assert.EndsWith("/1.2/paused", history[2].Id, StringComparison.Ordinal);
        Assert.Empty(await rig.Store.PendingAsync(["shop"]));
    }

    [Fact]
    public async Task What_a_killed_process_did_not_tell_is_told_by_the_next_one_under_the_same_id()
    {
        string id;
        await using (var killed = await HandlerRig.MakeAsync(_directory, _time))
        {
            // Nobody tells anything here: it dies with all of it in the outbox.
            await killed.DoneAsync(Samples.Start("v1"));
            await killed.RollBackAsync("it smells");
            await killed.ToldAsync();
            id = (await killed.Store.HistoryAsync("shop", 1))[0].Id!;
        }

        await using var rig = await StartAsync();
        await SeeAsync(3);
        await LookTwiceAsync();
        Assert.Equal(["planned", "rolled-back", "started"], Told().Select(told => told.Kind).Order());
        Assert.Equal(id, Told().Single(told => told.Kind == "rolled-back").Id);
    }

    [Fact]
    public async Task What_happened_to_a_rollout_that_was_deleted_before_anybody_was_told_is_told()
    {
        await using var rig = await HandlerRig.MakeAsync(_directory, _time);
        await rig.DoneAsync(Samples.Start("v1"));
        await rig.RollBackAsync("it smells");
        Assert.IsType<CommandResult.Done>(await rig.Commands.DeleteAsync("shop", "ann"));
        await TellAsync(rig);
        await SeeAsync(3);
        Assert.Equal(["planned", "rolled-back", "started"], Told().Select(told => told.Kind).Order());
    }

    [Fact]
    public async Task Nobody_is_called_for_what_happened_a_day_ago()
    {
        await using (var killed = await HandlerRig.MakeAsync(_directory, _time))
        {
            await killed.DoneAsync(Samples.Start("v1"));
        }

        _time.Advance(TimeSpan.FromHours(23));
        await using (var killed = await HandlerRig.MakeAsync(_directory, _time))
        {
            await killed.RollBackAsync("it smells");
            await killed.ToldAsync();
        }

        _time.Advance(TimeSpan.FromHours(2));
        await using var rig = await StartAsync();
        await SeeAsync(1);
        await LookTwiceAsync();
        Assert.Equal("rolled-back", Assert.Single(Told()).Kind);
        Assert.Empty(await rig.Store.PendingAsync(["shop"]));
    }

    [Fact]
    public async Task While_the_store_is_away_whoever_rolled_back_tells_and_nobody_tells_again_when_it_is_back()
    {
        await using (var before = await HandlerRig.MakeAsync(_directory, _time))
        {
            await before.DoneAsync(Samples.Start("v1"));
            await before.Store.ToldAsync("shop", (await before.Store.HistoryAsync("shop", 1))[0].Id!, _time.GetUtcNow());
            await before.Store.ToldAsync("shop", (await before.Store.HistoryAsync("shop", 2))[1].Id!, _time.GetUtcNow());
        }

        await _directory.BreakForAsync(TimeSpan.FromSeconds(3));
        await using var rig = await StartAsync();
        rig.Live.RollBack("operator", "Rolled back.", Authority.Operator, "ann", null);
        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return Told().Count == 1;
        }, "it is told although nobody can write it down");
        await Eventually.HoldsAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return await KnownAsync(rig);
        }, "the store is back and has it");
        await LookTwiceAsync();
        Assert.Single(Told(), told => told.Kind == "rolled-back");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var (teller, loops) in _running)
        {
            await loops.ContinueWith(_ => { }, TaskScheduler.Default);
            await teller.EndAsync();
        }

        await (_receiver?.DisposeAsync() ?? ValueTask.CompletedTask);
        _outgoing.Dispose();
        _stop.Dispose();
        _directory.Dispose();
    }

    private static async Task<bool> KnownAsync(HandlerRig rig)
    {
        try
        {
            return (await rig.Store.HistoryAsync("shop", 1))[0].Kind == "rolled-back";
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private async Task<HandlerRig> StartAsync()
    {
        var rig = await HandlerRig.MakeAsync(_directory, _time);
        await TellAsync(rig);
        return rig;
    }

    private async Task TellAsync(HandlerRig rig)
    {
        _receiver = await Receiver.StartAsync(_ => Task.FromResult(200));
        var teller = rig.Teller(_outgoing, new Notification("everybody", NotificationFormat.CloudEvents, _receiver.Url("/"), Severity.Info));
        _running.Add((teller, Task.WhenAll(teller.TellFreshAsync(_stop.Token), teller.TellLeftAsync(_stop.Token))));
    }

    private List<(string Id, string Kind)> Told() =>
    [
        .. _receiver!.Calls.Select(call => JsonElement.Parse(call.Body))
            .Select(told => (told.GetProperty("id").GetString()!, told.GetProperty("data").GetProperty("kind").GetString()!)),
    ];

    private Task SeeAsync(int told) => Eventually.HoldsAsync(() => Told().Count >= told, $"{told} are told");

    /// <summary>The outbox is looked at again, and whoever would be told twice has been by then.</summary>
    private async Task LookTwiceAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
