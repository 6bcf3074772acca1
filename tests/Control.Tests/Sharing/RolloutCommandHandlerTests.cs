using CsCheck;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing;

/// <summary>Up: the store first, or nothing moves. Down: memory first, whatever the store does.</summary>
public sealed class RolloutCommandHandlerTests
{
    [Fact]
    public async Task Undo_takes_a_promotion_back_in_one_call_and_refuses_where_there_is_none()
    {
        await using var rig = await HandlerRig.MakeAsync();
        await rig.DoneAsync(Samples.Start("v1"));
        Assert.Equal(
            "Rollout 'shop' is Progressing: there is no promotion to undo. Roll it back.",
            Assert.IsType<CommandResult.Refused>(await rig.Commands.UndoAsync("shop", "ann", null)).Sentence);
        await rig.DoneAsync(Samples.Promote);
        var undone = Assert.IsType<CommandResult.Done>(await rig.Commands.UndoAsync("shop", "ann", "the totals differ")).Status;
        Assert.Equal(
            (RolloutPhase.RolledBack, 0, "undo", "ann"),
            (undone.Phase, undone.Weight.BasisPoints, undone.Rollback!.Trigger, undone.Rollback.By));
        Assert.Equal(["v1"], undone.RefusedVersions);
        Assert.IsType<CommandResult.Refused>(await rig.Commands.UndoAsync("shop", "ann", null));
    }

    [Fact]
    public async Task Who_resumes_what_has_not_begun_is_told_to_have_resumed_it()
    {
        var ticket = new Hook("ticket", HookPoint.ConfirmRollout, new Uri("http://change.example/"), TimeSpan.FromSeconds(1));
        await using var rig = await HandlerRig.MakeAsync(plan: Samples.Plan with { Hooks = [ticket] });
        await rig.DoneAsync(Samples.Start("v1"), Samples.Pause, Samples.Resume);
        Assert.Equal(RolloutPhase.Waiting, rig.Status.Phase);
        Assert.Contains(
            "Rollout shop resumed by ann. Resumed at 0%; what is asked before the first step has the word. Reason: looked into it",
            rig.Log);
    }

    [Fact]
    public async Task A_line_of_the_log_says_why_once_where_somebody_said_why()
    {
        await using var rig = await HandlerRig.MakeAsync();
        await rig.DoneAsync(
            Samples.Start("v1"),
            new RolloutCommand.Pause("bob", "the totals differ"),
            Samples.Resume,
            new RolloutCommand.Freeze("It broke."));
        Assert.Equal(
            [
                "Rollout shop planned by ann. The plan was created.",
                "Rollout shop started by ann. Version 'v1' started at 5% (step 1 of 3).",
                "Rollout shop paused by bob. Paused at 5% (step 1 of 3). Reason: the totals differ",
                "Rollout shop resumed by ann. Resumed at 5% (step 1 of 3). Reason: looked into it", "Rollout shop frozen by judge. It broke.",
            ],
            rig.Log);
    }

    [Fact]
    public async Task What_was_handed_back_cannot_be_undone_since_the_old_version_no_longer_stands()
    {
        await using var rig = await HandlerRig.MakeAsync(plan: Samples.Plan with { Promotion = PromotionKind.Handback });
        await rig.DoneAsync(Samples.Start("v1"), Samples.Promote);
        Assert.Equal((RolloutPhase.Promoted, 0), (rig.Status.Phase, rig.Status.Weight.BasisPoints));
        Assert.EndsWith(
            "the version before no longer stands. To go back to it, deploy it as the canary and start it.",
            Assert.IsType<CommandResult.Refused>(await rig.Commands.UndoAsync("shop", "ann", null)).Sentence,
            StringComparison.Ordinal);
        Assert.Equal("promoted", (await rig.HistoryAsync())[0]);
    }

    private static readonly Gen<RolloutCommand> Command = Gen.OneOf<RolloutCommand>(
        Samples.Start("v1"), Samples.Start("v2"), Samples.Retry, Samples.Advance, Samples.Pause, Samples.Resume, Samples.Promote,
        Samples.Weigh(0), Samples.Weigh(100), Samples.Weigh(6000, "v3"), new RolloutCommand.Freeze("It broke."));

    [Fact]
    public async Task After_any_commands_the_store_has_what_holds_in_memory_and_a_line_for_each()
    {
        await using var rig = await HandlerRig.MakeAsync();
        await Command.Array[1, 12].SampleAsync(async commands =>
        {
            foreach (var command in commands)
            {
                var lines = (await rig.HistoryAsync()).Length;
                var (before, result) = (rig.Status, await rig.DoAsync(command));
                var moved = rig.Status != before;
                Assert.True(result is CommandResult.Done || !moved);
                Assert.Equal(moved ? Math.Min(100, lines + 1) : lines, (await rig.HistoryAsync()).Length);
                Assert.Equal(StoreJson.Write(rig.Status), StoreJson.Write(await rig.StoredAsync()));
            }

            await rig.RollBackAsync();
            Assert.Equal((Weight.Zero, 0), ((await rig.StoredAsync()).Weight, rig.Live.Generation.Word.Weight));
        }, iter: 12, threads: 1);
    }

    [Theory]
    [InlineData("start")]
    [InlineData("advance")]
    [InlineData("weight")]
    [InlineData("promote")]
    [InlineData("retry")]
    public async Task What_the_store_cannot_take_does_not_move_the_weight(string command)
    {
        using var directory = new TempDirectory();
        await directory.BreakForAsync("unwritable");
        await using var rig = await HandlerRig.MakeAsync(directory);
        if (command != "start")
        {
            await rig.DoneAsync(Samples.Start("v1"));
        }

        if (command == "retry")
        {
            await rig.RollBackAsync();
        }

        var (before, word) = (rig.Status, rig.Live.Generation.Word);
        var result = await rig.DoAsync(command switch
        {
            "start" => new RolloutCommand.Start("v1", "ann", "unwritable"),
            "advance" => new RolloutCommand.Advance("ann", "unwritable"),
            "weight" => new RolloutCommand.SetWeight(new Weight(600), null, "ann", "unwritable"),
            "retry" => new RolloutCommand.Retry("ann", "unwritable"),
            _ => new RolloutCommand.Promote("ann", "unwritable"),
        });
        Assert.Contains("database or disk is full", Assert.IsType<CommandResult.Unavailable>(result).Sentence, StringComparison.Ordinal);
        Assert.Equal((before, word), (rig.Status, rig.Live.Generation.Word));
        Assert.False(rig.Store.IsUp);
    }

    [Fact]
    public async Task A_rollback_works_while_the_store_does_not_and_is_told_later()
    {
        using var directory = new TempDirectory();
        await using (var before = await HandlerRig.MakeAsync(directory))
        {
            await before.DoneAsync(Samples.Start("v1"));
        }

        await directory.BreakForAsync(TimeSpan.FromSeconds(1.2));
        await using var rig = await HandlerRig.MakeAsync(directory);
        var status = await rig.RollBackAsync();
        Assert.Equal((RolloutPhase.RolledBack, 0), (status.Phase, rig.Live.Generation.Word.Weight));
        Assert.Equal((RolloutPhase.Progressing, 1d), ((await rig.StoredAsync()).Phase, rig.Metrics.Unshared.Value));
        Assert.IsType<CommandResult.Unavailable>(await rig.DoAsync(Samples.Start("v2")));
        await rig.ToldAsync();
        Assert.Equal(["rolled-back", "started", "planned"], await rig.HistoryAsync());
        await rig.DoneAsync(Samples.Start("v2"));
    }

    [Fact]
    public async Task A_lower_weight_holds_at_once_even_if_the_store_cannot_take_it()
    {
        using var directory = new TempDirectory();
        await directory.BreakForAsync("unwritable");
        await using var rig = await HandlerRig.MakeAsync(directory);
        await rig.DoneAsync(Samples.Start("v1"), new RolloutCommand.SetWeight(new Weight(100), null, "ann", "unwritable"));
        Assert.Equal((100, 100), (rig.Status.Weight.BasisPoints, rig.Live.Generation.Word.Weight));
        Assert.Equal(500, (await rig.StoredAsync()).Weight.BasisPoints);

        // Whatever comes after it brings the store up to date.
        await rig.DoneAsync(Samples.Weigh(50));
        await rig.ToldAsync();
        await rig.DoneAsync(Samples.Weigh(700));
    }

    [Fact]
    public async Task The_callers_view_must_be_the_status_or_not_be_given()
    {
        await using var rig = await HandlerRig.MakeAsync();
        var old = rig.Tag;
        await rig.DoneAsync(Samples.Start("v1"));
        Assert.Equal(rig.Status, Assert.IsType<CommandResult.Stale>(await rig.DoAsync(Samples.Advance, old)).Status);
        Assert.Equal(1, rig.Status.Step);
        Assert.IsType<CommandResult.Done>(await rig.DoAsync(Samples.Advance, $"\"{rig.Tag}\""));
        Assert.IsType<CommandResult.Done>(await rig.DoAsync(Samples.Pause, rig.Tag));
        Assert.IsType<CommandResult.Done>(await rig.DoAsync(Samples.Resume, "*"));
        Assert.IsType<CommandResult.Stale>(await rig.Commands.PutPlanAsync(Samples.Plan with { Owner = "a" }, "ann", ifMatch: old));
        Assert.IsType<CommandResult.Stale>(await rig.Commands.DeleteAsync("shop", "ann", old));
    }

    [Fact]
    public async Task Of_racing_starts_one_wins()
    {
        await using var rig = await HandlerRig.MakeAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => rig.DoAsync(Samples.Start($"v{i}")))));
        Assert.Single(results, result => result is CommandResult.Done);
        Assert.Equal(7, results.Count(result => result is CommandResult.Refused));
        Assert.Equal((1L, 1L), ((await rig.StoredAsync()).Generation, (await rig.StoredAsync()).Revision));
    }

    [Fact]
    public async Task Nothing_can_be_done_to_a_rollout_that_is_not_there()
    {
        await using var rig = await HandlerRig.MakeAsync();
        Assert.IsType<CommandResult.UnknownRollout>(await rig.Commands.HandleAsync("nope", Samples.Start("v1")));
        Assert.IsType<CommandResult.UnknownRollout>(await rig.Commands.RollBackAsync("nope", Authority.Operator, "ann", "operator", null));
        Assert.IsType<CommandResult.UnknownRollout>(await rig.Commands.DeleteAsync("nope", "ann"));
    }

    [Theory]
    [InlineData(0, "There is no rollout 'nope', nor any other. Make one with 'snapback apply FILE'.")]
    [InlineData(1, "There is no rollout 'nope'. Name one of these: shop-1.")]
    [InlineData(5, "There is no rollout 'nope'. Name one of these: shop-1, shop-2, shop-3, shop-4, shop-5.")]
    [InlineData(6, "There is no rollout 'nope'. Name one of those that 'snapback list' and GET /api/rollouts show.")]
    public async Task Whoever_names_a_rollout_that_is_not_there_is_told_which_there_are_or_where_to_look(int rollouts, string sentence)
    {
        await using var rig = await HandlerRig.MakeAsync();
        await rig.Commands.DeleteAsync("shop", "ann");
        for (var i = rollouts; i > 0; i--)
        {
            await rig.Commands.PutPlanAsync(Samples.Plan with { Name = $"shop-{i}", Stable = $"stable-{i}" }, "ann");
        }

        Assert.Equal(sentence, Assert.IsType<CommandResult.UnknownRollout>(await rig.Commands.HandleAsync("nope", Samples.Start("v1"))).Sentence);
    }

    [Fact]
    public async Task Before_the_fleet_was_heard_nobody_is_told_that_a_rollout_is_not_there()
    {
        await using var rig = await HandlerRig.MakeAsync();
        rig.Board.IsPartial = true;
        var unknown = Assert.IsType<CommandResult.UnknownRollout>(
            await rig.Commands.RollBackAsync("nope", Authority.Operator, "ann", "operator", null));
        Assert.True(unknown.MayBeThere);
        Assert.StartsWith("Whether there is a rollout 'nope' is not known here", unknown.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rollout_that_the_store_has_and_this_version_cannot_read_is_not_said_to_be_none()
    {
        await using var rig = await HandlerRig.MakeAsync();
        rig.Board.LeaveAlone("newer");
        Assert.Equal(
            "The store has a rollout 'newer' that this version cannot read; it is left alone, and its traffic goes to stable. Start the version that wrote it.",
            Assert.IsType<CommandResult.UnknownRollout>(
                await rig.Commands.RollBackAsync("newer", Authority.Operator, "ann", "operator", null)).Sentence);
    }

    [Fact]
    public async Task A_rollback_comes_again_without_harm_and_without_a_line()
    {
        await using var rig = await HandlerRig.MakeAsync();
        await rig.RollBackAsync();
        Assert.Equal(["planned"], await rig.HistoryAsync());
        await rig.DoneAsync(Samples.Start("v1"));
        var first = await rig.RollBackAsync("it smells");
        Assert.Equal("Rolled back v1 (5% → 0%) by ann: it smells.", first.Rollback!.Explanation);
        Assert.Equal(first, await rig.RollBackAsync("again"));
        await rig.ToldAsync();
        Assert.Equal(["rolled-back", "started", "planned"], await rig.HistoryAsync());
    }

    [Theory]
    [InlineData("Users complain.", "Users complain.")]
    [InlineData("who did this?", "who did this?")]
    public async Task A_reason_that_is_a_sentence_already_ends_the_sentence(string reason, string end)
    {
        await using var rig = await HandlerRig.MakeAsync();
        await rig.DoneAsync(Samples.Start("v1"));
        var back = await rig.RollBackAsync(reason);
        Assert.EndsWith($"by ann: {end}", back.Rollback!.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_weight_of_zero_for_a_rolled_back_version_is_no_second_rollback()
    {
        await using var rig = await HandlerRig.MakeAsync();
        await rig.DoneAsync(Samples.Start("v1"));
        var rolledBack = await rig.RollBackAsync();
        Assert.Equal(rolledBack, await rig.DoneAsync(Samples.Weigh(0)));
        await rig.ToldAsync();
        Assert.Single(await rig.HistoryAsync(), "rolled-back");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_late_verdict_on_an_older_generation_rolls_back_nothing(int behind)
    {
        await using var rig = await HandlerRig.MakeAsync();
        await rig.DoneAsync(Samples.Start("v1"));
        await rig.RollBackAsync();
        var generation = (await rig.DoneAsync(Samples.Start("v2"))).Generation;
        await rig.Commands.RollBackAsync("shop", Authority.Hook, "smoke", "hook:smoke", null, generation - behind);
        Assert.Equal(behind == 0 ? RolloutPhase.RolledBack : RolloutPhase.Progressing, rig.Status.Phase);
    }
}
