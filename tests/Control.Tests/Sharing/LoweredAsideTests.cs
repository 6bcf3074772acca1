using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

/// <summary>What was lowered stays so over a restart, whether or not the store could be told of it.</summary>
public sealed class LoweredAsideTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string File => _directory.At("aside");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_a_full_disk_could_not_take_holds_in_the_next_process_too_and_is_told_when_there_is_room()
    {
        await using (var plane = await OpenAsync())
        {
            Assert.IsType<CommandResult.Done>(await plane.Commands.PutPlanAsync(Samples.Plan, "ann"));
            Assert.IsType<CommandResult.Done>(await plane.Commands.HandleAsync("shop", Samples.Start("v1")));
        }

        await _directory.BreakForAsync("unwritable");
        await using (var plane = await OpenAsync())
        {
            Assert.IsType<CommandResult.Done>(await plane.Commands.RollBackAsync("shop", Authority.Operator, "ann", "operator", "unwritable"));
        }

        await using (var plane = await OpenAsync())
        {
            Assert.True(plane.Board.TryGet("shop", out var live));
            var status = live.Status;
            Assert.Equal(
                (RolloutPhase.RolledBack, Weight.Zero, "unwritable", "v1"),
                (status.Phase, status.Weight, status.Rollback!.Reason, Assert.Single(status.RefusedVersions)));
            Assert.Equal(1, plane.Metrics.Unshared.Value);
        }

        await using (var store = EmbeddedStore.Open(_directory.Path))
        {
            Assert.Equal(RolloutPhase.RolledBack, Assert.Single((await StoreArchive.OfAsync(store)).Rollouts).Status.Phase);
        }

        await _directory.RepairAsync();
        await using (var plane = await OpenAsync())
        {
            plane.Start();
            await Eventually.HoldsAsync(() => Task.FromResult(plane.Metrics.Unshared.Value == 0), "the store was told");
            Assert.Equal("rolled-back", (await plane.Store.HistoryAsync("shop", 1))[0].Kind);
        }

        using var aside = LoweredAside.Open(_directory.At("snapback.untold"));
        Assert.Null(aside.LeftOf("shop"));
    }

    [Fact]
    public async Task A_weight_lowered_by_hand_is_not_higher_in_the_next_process_either()
    {
        await using (var plane = await OpenAsync())
        {
            await plane.Commands.PutPlanAsync(Samples.Plan, "ann");
            await plane.Commands.HandleAsync("shop", Samples.Start("v1"));
        }

        await _directory.BreakForAsync("unwritable");
        await using (var plane = await OpenAsync())
        {
            Assert.IsType<CommandResult.Done>(
                await plane.Commands.HandleAsync(
                    "shop", new RolloutCommand.SetWeight(new Weight(100), null, "ann", "unwritable")));
        }

        await using (var plane = await OpenAsync())
        {
            Assert.True(plane.Board.TryGet("shop", out var live));
            Assert.Equal((RolloutPhase.Progressing, 100, 100), (live.Status.Phase, live.Status.Weight.BasisPoints, live.Generation.Word.Weight));
        }
    }

    [Fact]
    public void What_was_put_aside_is_there_until_it_is_taken()
    {
        var (first, second) = (RolledBack("shop", 1), RolledBack("cart", 2));
        using (var aside = LoweredAside.Open(File))
        {
            aside.Put(first);
            aside.Put(second);
            aside.Take(first);
        }

        using var left = LoweredAside.Open(File);
        Assert.Null(left.LeftOf("shop"));
        Assert.Equal(StoreJson.Write(second), StoreJson.Write(left.LeftOf("cart")!));
    }

    [Fact]
    public void What_was_put_there_since_is_not_taken_with_what_was_there_before()
    {
        using var aside = LoweredAside.Open(File);
        var (first, second) = (RolledBack("shop", 1), RolledBack("shop", 2));
        aside.Put(first);
        aside.Put(second);
        aside.Take(first);
        Assert.Same(second, aside.LeftOf("shop"));
    }

    [Fact]
    public void A_write_that_a_kill_tore_is_none()
    {
        using (var aside = LoweredAside.Open(File))
        {
            aside.Put(RolledBack("shop", 1));
        }

        using (var file = System.IO.File.OpenWrite(File))
        {
            file.Position = 200;
            file.WriteByte(0);
        }

        using var torn = LoweredAside.Open(File);
        Assert.Null(torn.LeftOf("shop"));
    }

    [Fact]
    public void Of_more_refused_versions_than_there_is_room_for_the_newest_are_kept()
    {
        ImmutableArray<string> versions = [.. Enumerable.Range(0, 100).Select(i => $"{i}-{new string('x', 900)}")];
        using (var aside = LoweredAside.Open(File))
        {
            aside.Put(RolledBack("shop", 1) with { RefusedVersions = versions });
        }

        using var left = LoweredAside.Open(File);
        Assert.Equal(versions[^1], left.LeftOf("shop")!.RefusedVersions[^1]);
    }

    [Fact]
    public void More_rollouts_than_there_is_room_for_do_no_harm_to_those_that_are_there()
    {
        using (var aside = LoweredAside.Open(File))
        {
            for (var i = 0; i <= LoweredAside.Slots; i++)
            {
                aside.Put(RolledBack($"r{i}", 1));
            }
        }

        using var left = LoweredAside.Open(File);
        Assert.Equal(LoweredAside.Slots, Enumerable.Range(0, LoweredAside.Slots + 1).Count(i => left.LeftOf($"r{i}") is not null));
    }

    [Fact]
    public void Where_the_file_cannot_be_made_rollbacks_work_all_the_same()
    {
        Directory.CreateDirectory(File);
        using var aside = LoweredAside.Open(File);
        var status = RolledBack("shop", 1);
        aside.Put(status);
        aside.Take(status);
        Assert.Null(aside.LeftOf("shop"));
    }

    private static RolloutStatus RolledBack(string name, long generation) =>
        RolloutStatus.New(name, DateTimeOffset.UnixEpoch) with { Phase = RolloutPhase.RolledBack, Generation = generation, Rollback = Samples.Record };

    private Task<ControlPlane> OpenAsync() =>
        ControlPlane.OpenAsync(_directory.Path, new ConfigurationBuilder().Build(), "r1", TimeProvider.System, NullLoggerFactory.Instance);
}
