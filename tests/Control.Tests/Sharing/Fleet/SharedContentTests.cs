using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing.Fleet;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing.Fleet;

/// <summary>What is believed of a document or a message.</summary>
public sealed class SharedContentTests
{
    [Fact]
    public void A_status_that_ended_at_a_step_which_the_plan_given_since_does_not_have_any_more_is_believed_and_an_open_one_is_not()
    {
        var shorter = PlanWriter.ToJson(Samples.Plan with { Steps = [Samples.Half] });
        var ended = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch) with
        {
            Phase = RolloutPhase.RolledBack,
            Step = 3,
            Generation = 1,
            Rollback = Samples.Record,
        };
        Assert.NotNull(SharedContent.TryRead("shop", shorter, ended, null));
        Assert.Null(SharedContent.TryRead("shop", shorter, ended with { Phase = RolloutPhase.Progressing }, null));
    }
}
