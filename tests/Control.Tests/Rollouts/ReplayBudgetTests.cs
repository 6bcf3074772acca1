using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

public sealed class ReplayBudgetTests
{
    private const int Floor = 100;

    [Fact]
    public void A_share_of_the_requests_is_replayed_and_a_few_in_any_case()
    {
        var budget = new ReplayBudget(0.1);
        Assert.Equal(Floor, Taken(budget, 0, TimeSpan.FromHours(1)));
        Assert.Equal(50, Taken(budget, 500, TimeSpan.FromHours(1)));
        Assert.Equal(2, budget.Refused);
    }

    [Fact]
    public void What_was_taken_more_than_ten_seconds_ago_is_forgotten_with_the_requests_it_came_from()
    {
        var budget = new ReplayBudget(0.1);
        var requests = 0L;
        var taken = new List<int>();
        for (var second = 0; second < 60; second++)
        {
            requests += 1000;
            taken.Add(Taken(budget, requests, TimeSpan.FromSeconds(1000 + second)));
        }

        // In the long run a tenth of 1,000 a second and the floor's ten; never more in any ten seconds than their budget.
        Assert.InRange(taken.Skip(20).Average(), 100, 111);
        for (var i = 0; i + 10 <= taken.Count; i++)
        {
            Assert.InRange(taken.Skip(i).Take(10).Sum(), 0, Floor + 1100);
        }
    }

    [Fact]
    public void After_a_silence_nothing_of_it_is_left()
    {
        var budget = new ReplayBudget(0.1);
        Taken(budget, 1_000_000, TimeSpan.FromSeconds(1000));
        Assert.Equal(Floor, Taken(budget, 1_000_000, TimeSpan.FromSeconds(2000)));
    }

    [Fact]
    public void Requests_that_hang_are_part_of_what_the_budget_is_a_share_of()
    {
        var rig = LiveRig.Started(Samples.Unbounded with { Shield = ShieldTerms.Default }, basisPoints: 5000);
        rig.Generation.Tick(rig.Time.Monotonic);
        for (var i = 0; i < 3000; i++)
        {
            rig.Generation.Pick(draw: 0);
        }

        // None of them has ended; of ended ones alone the share would be nothing.
        Assert.Equal(Floor + 300, TakenFrom(rig));
    }

    [Fact]
    public void The_last_ten_seconds_are_the_rollouts_and_not_only_the_new_versions()
    {
        var rig = new LiveRig(Samples.Unbounded with { Shield = ShieldTerms.Default });
        rig.Generation.Tick(rig.Time.Monotonic);
        for (var i = 0; i < 5000; i++)
        {
            rig.ServeStable(Outcome.Success);
        }

        rig.Do(Samples.Start("v1"));
        Assert.Equal(Floor + 500, TakenFrom(rig));

        // Nor does a second try get a second budget.
        rig.RollBack();
        rig.Do(Samples.Start("v2"));
        Assert.Equal(0, TakenFrom(rig));
    }

    private static int TakenFrom(LiveRig rig)
    {
        var taken = 0;
        while (rig.Generation.TryReplay(rig.Time.Monotonic))
        {
            taken++;
        }

        return taken;
    }

    private static int Taken(ReplayBudget budget, long requests, TimeSpan now)
    {
        var taken = 0;
        while (budget.TryTake(requests, now))
        {
            taken++;
        }

        return taken;
    }
}
