using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>A flag says what the weight says, through the whole life of a rollout.</summary>
public sealed class FlagStateTests
{
    private static readonly RolloutPlan Plan = Samples.Plan with { Flag = "payments-v2" };

    private readonly ManualTime _time = new();
    private readonly LiveRollout _live;
    private readonly List<string> _seenWhenLowered = [];

    public FlagStateTests() =>
        _live = new LiveRollout(
            Plan,
            RolloutStatus.New("shop", DateTimeOffset.UnixEpoch),
            "r1",
            new RolloutSwitches(),
            _time,
            live => _seenWhenLowered.Add(Told(live)));

    [Fact]
    public void It_is_off_before_the_first_start_follows_the_weight_and_is_on_for_all_once_promoted()
    {
        Assert.Equal("payments-v2 off", Told(_live));
        Do(Samples.Start("2"));
        Assert.Equal("payments-v2 5%", Told(_live));
        Do(Samples.Advance);
        Assert.Equal("payments-v2 50%", Told(_live));
        Do(Samples.Pause);
        Assert.Equal("payments-v2 50%", Told(_live));
        Do(Samples.Weigh(0));
        Assert.Equal("payments-v2 0%", Told(_live));
        Do(Samples.Promote);
        Assert.Equal("payments-v2 100%", Told(_live));
    }

    [Theory]
    [InlineData(Authority.Operator)]
    [InlineData(Authority.Hook)]
    public void A_rollback_disables_it_before_anybody_is_told(Authority authority)
    {
        Do(Samples.Start("2"));
        _live.RollBack("operator", "Rolled back.", authority, "ann", null);
        Assert.Equal("payments-v2 off", Told(_live));
        Assert.Equal(["payments-v2 off"], _seenWhenLowered);
    }

    [Fact]
    public void The_judge_disables_it_on_the_thread_of_the_deciding_response()
    {
        Do(Samples.Start("2"), Samples.Advance);
        var generation = _live.Generation;
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("payments-v2 50%", Told(_live));
            generation.Observe(generation.Pick(0), Snapback.Control.Analysis.Outcome.Failure, TimeSpan.FromSeconds(i));
        }

        Assert.Equal("payments-v2 off", Told(_live));
    }

    [Fact]
    public void An_instant_before_the_status_says_so_the_closed_word_has_disabled_it_already()
    {
        Do(Samples.Start("2"));
        _live.Generation.Close(Weight.Zero);
        Assert.Equal(RolloutPhase.Progressing, _live.Status.Phase);
        Assert.Equal("payments-v2 off", Told(_live));
    }

    [Fact]
    public void A_promoted_flag_is_not_taken_from_its_users_by_the_next_version()
    {
        Do(Samples.Start("2"), Samples.Promote);
        Assert.StartsWith(
            "Flag 'payments-v2' of rollout 'shop' was promoted and is on for everybody;",
            Refused(Samples.Start("3")),
            StringComparison.Ordinal);
        Assert.StartsWith("Flag 'payments-v2'", Refused(Samples.Weigh(100, "3")), StringComparison.Ordinal);

        Replan("payments-v3");
        Assert.Equal("payments-v3 off, payments-v2 100%", Told(_live));
        Do(Samples.Start("3"));
        Assert.Equal("payments-v3 5%, payments-v2 100%", Told(_live));
        _live.RollBack("operator", "Rolled back.", Authority.Operator, "ann", null);
        Assert.Equal("payments-v3 off, payments-v2 100%", Told(_live));
    }

    [Fact]
    public void A_promotion_that_is_rolled_back_takes_its_own_flag_along_whatever_the_plan_names_by_now()
    {
        Do(Samples.Start("2"), Samples.Promote);
        Replan("payments-v3");
        _live.RollBack("operator", "Rolled back.", Authority.Operator, "ann", null);
        Assert.Equal("payments-v3 off", Told(_live));
        Replan("payments-v2");
        Do(Samples.Start("2b"));
        Assert.Equal("payments-v2 5%", Told(_live));
    }

    [Fact]
    public void A_plan_without_a_flag_has_none() => Assert.Empty(FlagState.Of(Samples.Plan, _live.Status));

    private static string Told(LiveRollout live) =>
        string.Join(", ", live.Flags.Select(flag => $"{flag.Name} {(flag.Enabled ? flag.Share.ToString() : "off")}"));

    private void Do(params RolloutCommand[] commands)
    {
        foreach (var command in commands)
        {
            var transition = Apply(command);
            Assert.True(_live.Adopt(transition.Next ?? throw new InvalidOperationException(transition.Refusal)));
        }
    }

    private string Refused(RolloutCommand command) => Apply(command) is { Next: null, Refusal: var sentence } ? sentence : "taken";

    private Transition Apply(RolloutCommand command) => Transitions.Apply(_live.Plan, _live.Status, command, TimeSpan.Zero, DateTimeOffset.UnixEpoch);

    private void Replan(string flag) => _live.Replace(Plan with { Flag = flag }, _live.Status with { Revision = _live.Status.Revision + 1 });
}
