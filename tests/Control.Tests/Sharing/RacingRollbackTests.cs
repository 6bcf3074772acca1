using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

/// <summary>A rollback while the commit of another command is still on its way to the disk.</summary>
public sealed class RacingRollbackTests
{
    /// <summary>About half a second of a commit.</summary>
    private const int Slow = 2_000_000;

    [Theory]
    [InlineData("advance")]
    [InlineData("promote")]
    public async Task A_rollback_beats_the_raise_that_was_being_committed(string command)
    {
        using var directory = new TempDirectory();
        await directory.SlowDownAsync("dawdling", Slow);
        await using var rig = await HandlerRig.MakeAsync(directory);
        await rig.DoneAsync(Samples.Start("v1"));
        var raise = rig.DoAsync(command == "advance" ? new RolloutCommand.Advance("ann", "dawdling") : new RolloutCommand.Promote("ann", "dawdling"));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(raise.IsCompleted);
        var rollback = rig.RollBackAsync();
        Assert.Equal(0, rig.Live.Generation.Word.Weight);
        Assert.False(await raise is CommandResult.Done { Status.Phase: not RolloutPhase.RolledBack });
        await rollback;
        Assert.Equal((RolloutPhase.RolledBack, 0), (rig.Status.Phase, rig.Live.Generation.Word.Weight));
        await rig.ToldAsync();
        var lines = await rig.Store.HistoryAsync("shop", 100);
        Assert.Equal(lines.Count, lines.Select(line => (line.Generation, line.Revision)).Distinct().Count());
    }

    [Fact]
    public async Task A_rollback_of_a_promoted_version_beats_the_start_of_the_next_that_was_being_committed()
    {
        using var directory = new TempDirectory();
        await directory.SlowDownAsync("dawdling", Slow);
        await using var rig = await HandlerRig.MakeAsync(directory);
        await rig.DoneAsync(Samples.Start("v1"), Samples.Promote);
        var start = rig.DoAsync(new RolloutCommand.Start("v2", "ann", "dawdling"));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(start.IsCompleted);
        var rollback = rig.RollBackAsync();
        Assert.Equal(0, rig.Live.Generation.Word.Weight);
        await Task.WhenAll(start, rollback);
        Assert.NotEqual("v1", rig.Status.StableVersion);
        Assert.Contains("v1", rig.Status.RefusedVersions);
    }
}
