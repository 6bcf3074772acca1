using CsCheck;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>How many requests a canary may have in flight before it has proved anything.</summary>
public sealed class AdmissionTests
{
    private const int Start = 2;

    [Fact]
    public void Two_are_let_in_and_the_overflow_goes_to_stable_and_compares_with_nothing()
    {
        var generation = LiveRig.Started(basisPoints: 9_999).Generation;
        Pick[] picks = [.. Enumerable.Range(0, 10).Select(_ => generation.Pick(0))];
        Assert.Equal([1u, 2u, 0, 0, 0, 0, 0, 0, 0, 0], picks.Select(pick => pick.Sequence));
        Assert.Equal((2, 8), (generation.InFlight(Arm.Canary), generation.InFlight(Arm.Stable)));
        Assert.All(picks[..2], pick => Assert.True(pick is { Arm: Arm.Canary, ByCoin: true, Share: 0.9999 }));
        Assert.All(picks[2..], pick => Assert.True(pick is { Arm: Arm.Stable, ByCoin: false }));
        generation.Observe(picks[2], Outcome.Failure, TimeSpan.Zero);
        Assert.Equal((1L, 0L), (generation.Stable.Failures, generation.Judge!.Relative!.Failures));
    }

    [Fact]
    public void While_the_window_is_full_what_was_drawn_for_stable_compares_with_nothing_either()
    {
        var generation = LiveRig.Started(basisPoints: 5_000).Generation;
        Assert.True(generation.Pick(9_999).ByCoin);
        Pick[] canaries = [generation.Pick(0), generation.Pick(0)];
        Assert.False(generation.Pick(9_999).ByCoin);
        Assert.True(generation.Pick(9_999, client: 7).ByCoin);
        generation.Leave(canaries[0].Arm);
        Assert.True(generation.Pick(9_999).ByCoin);
    }

    /// <summary>Two hang at a time, while stable goes on with the share of slow answers that its limit allows.</summary>
    [Fact]
    public void A_canary_that_hangs_is_blamed_although_the_window_lets_few_see_it()
    {
        var plan = Samples.Plan with { Objectives = [Samples.Success, Samples.P95] };
        var rig = LiveRig.Started(plan, basisPoints: 5_000);
        var random = new Random(1);
        for (var sent = 0; sent < 2_000 && rig.Live.Status.Rollback is null; sent++)
        {
            var pick = rig.Generation.Pick(random.Next(10_000), now: rig.Time.Monotonic);
            var ticket = rig.Generation.Dispatch(pick, rig.Time.Monotonic)!;
            if (pick.Arm == Arm.Stable && sent % 25 != 0)
            {
                rig.Generation.Answered(ticket, rig.Time.Monotonic);
            }

            rig.Time.Advance(TimeSpan.FromMilliseconds(1));
            rig.Generation.Tick(rig.Time.Monotonic);
        }

        Assert.Equal("p95", rig.Live.Status.Rollback?.Trigger);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    public void All_replicas_of_a_fleet_together_let_in_as_many_as_one_would(int replicas) =>
        Assert.Equal(Start, Enumerable.Range(0, replicas).Sum(rank => Admitted(Replica(rank, replicas), 10)));

    [Fact]
    public void Everybody_sees_the_same_order_and_each_generation_begins_with_others()
    {
        string[] names = ["a", "b", "c", "d"];
        int[] Ranks(long generation) => [.. names.Select(name => FleetPlace.Among(name, [.. names.Except([name])]).In(generation).Rank)];
        Assert.Equal([0, 1, 2, 3], Ranks(8));
        Assert.Equal([1, 2, 3, 0], Ranks(9));
    }

    [Fact]
    public void Answers_on_other_replicas_open_one_replica_after_the_other()
    {
        var rig = Replica(rank: 5, of: 16);
        rig.Generation.Take("r0", default(Tally) with { CanaryGood = 3 }, TimeSpan.Zero, rig.Time.Monotonic);
        Assert.Equal(0, Admitted(rig, 10));
        rig.Generation.Take("r1", default(Tally) with { CanaryGood = 1 }, TimeSpan.Zero, rig.Time.Monotonic);
        Assert.Equal(1, Admitted(rig, 10));
        Succeed(rig, 1);
        Assert.Equal(2, Admitted(rig, 10));
    }

    [Fact]
    public void Where_nobody_before_it_is_asked_anything_a_replica_waits_two_seconds()
    {
        var rig = Replica(rank: 2, of: 3);
        rig.Time.Advance(TimeSpan.FromSeconds(1.9));
        rig.Generation.LetIn(0, rig.Time.Monotonic);
        Assert.Equal(0, Admitted(rig, 10));
        rig.Time.Advance(TimeSpan.FromSeconds(0.1));
        rig.Generation.LetIn(0, rig.Time.Monotonic);
        Assert.Equal(1, Admitted(rig, 10));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_failure_that_tells_something_a_fleet_lets_nobody_in_until_all_have_heard_of_it(bool here)
    {
        var rig = Replica(rank: 0, of: 3);
        rig.Generation.Pool!.Peers = 2;
        Succeed(rig, 300);
        Assert.Equal(Arm.Canary, rig.Serve(Outcome.Failure));
        Assert.Equal(10, Admitted(rig, 10));
        if (here)
        {
            Assert.Equal(Arm.Canary, rig.Serve(Outcome.Failure));
        }
        else
        {
            rig.Generation.Take("r1", default(Tally) with { CanaryBad = 1 }, TimeSpan.Zero, rig.Time.Monotonic);
        }

        Assert.Equal(0, Admitted(rig, 10));
        rig.Time.Advance(TimeSpan.FromMilliseconds(24));
        Assert.Equal(0, Admitted(rig, 10));
        rig.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(10, Admitted(rig, 10));
    }

    [Fact]
    public void One_proxy_knows_at_once_and_a_failure_that_tells_nothing_holds_nobody_up()
    {
        var one = LiveRig.Started();
        Succeed(one, 300);
        one.Serve(Outcome.Failure);
        one.Serve(Outcome.Failure);
        Assert.Equal(10, Admitted(one, 10));

        // One of ten may fail.
        var fleet = Replica(rank: 0, of: 3, Samples.Plan with { Objectives = [Samples.Success with { Budget = 0.1 }] });
        Succeed(fleet, 300);
        fleet.Serve(Outcome.Failure);
        fleet.Serve(Outcome.Failure);
        Assert.Equal(10, Admitted(fleet, 10));
    }

    [Fact]
    public void At_100_per_cent_and_for_users_with_a_key_there_is_no_window()
    {
        var whole = LiveRig.Started(basisPoints: 10_000).Generation;
        Assert.Equal(1000, Enumerable.Range(0, 1000).Count(_ => whole.Pick(9_999).Arm == Arm.Canary));
        var keyed = LiveRig.Started(basisPoints: 5_000).Generation;
        Assert.Equal(1000, Enumerable.Range(0, 1000).Count(_ => keyed.Pick(0, client: 7).Arm == Arm.Canary));
    }

    [Fact]
    public void Never_more_are_in_flight_than_two_and_one_for_each_success_of_the_step()
    {
        // Failures that would end it are told in a row only.
        var plan = Samples.Plan with { Judge = JudgeTerms.Default with { ConsecutiveFailures = 1_000_000, HarmCap = null, MaxRatioToStable = null } };
        Gen.Int[-3, 20].Array[0, 300].Sample(steps =>
        {
            var rig = LiveRig.Started(plan);
            var (generation, open, window, weight) = (rig.Generation, new Queue<Pick>(), Start, 500);
            foreach (var step in steps)
            {
                switch (step)
                {
                    case < 0 when open.TryDequeue(out var pick):
                        var outcome = step switch { -1 => Outcome.Success, -2 => Outcome.Failure, _ => Outcome.Neutral };
                        generation.Observe(pick, outcome, rig.Time.Monotonic);
                        generation.Leave(pick.Arm);
                        window += outcome == Outcome.Success ? 1 : 0;
                        break;
                    case 0:
                        var next = weight == 500 ? 600 : 500;
                        rig.Do(Samples.Weigh(next));
                        (window, weight) = (next > weight ? Start : window, next);
                        break;
                    case > 0:
                        var picked = generation.Pick(0);
                        Assert.Equal(open.Count < window ? Arm.Canary : Arm.Stable, picked.Arm);
                        Assert.Equal(picked.Arm == Arm.Canary, picked.ByCoin);
                        if (picked.Arm == Arm.Canary)
                        {
                            open.Enqueue(picked);
                        }

                        break;
                }

                Assert.Equal(open.Count, generation.InFlight(Arm.Canary));
            }
        });
    }

    [Fact]
    public void After_two_hundred_successes_the_weight_alone_decides_and_a_higher_step_begins_anew()
    {
        var rig = LiveRig.Started();
        Succeed(rig, 199);
        Assert.Equal(201, Admitted(rig, 1000));
        Succeed(rig, 1);
        Assert.Equal(1000, Admitted(rig, 1000));
        rig.Do(Samples.Weigh(400));
        Assert.Equal(1000, Admitted(rig, 1000));
        rig.Do(Samples.Weigh(500));
        Assert.Equal(Start, Admitted(rig, 1000));
    }

    [Fact]
    public void Without_a_window_everybody_is_let_in_at_once() => Assert.Equal(1000, Admitted(LiveRig.Started(Samples.Unbounded), 1000));

    [Fact]
    public void A_canary_that_hangs_from_the_start_is_rolled_back_by_its_fourth_request_although_only_two_fit()
    {
        var rig = LiveRig.Started(Samples.Plan with { Objectives = [Samples.Success, Samples.P95] });
        var passed = TimeSpan.Zero;
        while (rig.Live.Status.Phase == RolloutPhase.Progressing && passed < TimeSpan.FromSeconds(5))
        {
            // Every request that is let in is never answered; stable answers at once.
            for (var i = 0; i < 100; i++)
            {
                var pick = rig.Generation.Pick(0);
                var ticket = rig.Generation.Dispatch(pick, rig.Time.Monotonic)!;
                if (pick.Arm == Arm.Stable)
                {
                    rig.Generation.Answered(ticket, rig.Time.Monotonic);
                    rig.Generation.Leave(Arm.Stable);
                }
            }

            rig.Time.Advance(TimeSpan.FromMilliseconds(20));
            passed += TimeSpan.FromMilliseconds(20);
            rig.Generation.Tick(rig.Time.Monotonic);
        }

        Assert.Equal(("p95", TimeSpan.FromMilliseconds(800)), (rig.Live.Status.Rollback?.Trigger, passed));
        Assert.InRange(rig.Generation.Canary.Slow, 3, 4);
        Assert.InRange(rig.Generation.InFlight(Arm.Canary), 3, 4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_dead_canary_hurts_five_of_a_thousand_waiting_requests_at_most(bool window)
    {
        var rig = LiveRig.Started(window ? Samples.Plan : Samples.Unbounded, basisPoints: 5000);
        var generation = rig.Generation;

        // 5,000 a second, each answered after 30 ms: 150 are always under way.
        const int underWay = 150;
        var picks = new Queue<Pick>();
        for (var request = 0; request < 1000 + underWay; request++)
        {
            if (request >= underWay)
            {
                var pick = picks.Dequeue();
                generation.Observe(pick, pick.Arm == Arm.Canary ? Outcome.Failure : Outcome.Success, rig.Time.Monotonic);
                generation.Leave(pick.Arm);
            }

            if (request < 1000)
            {
                picks.Enqueue(generation.Pick((request * 7919) % Weight.Whole, 0, rig.Time.Monotonic));
            }

            rig.Time.Advance(TimeSpan.FromMilliseconds(0.2));
        }

        var record = rig.Now.Status.Rollback!;
        Assert.Equal((0u, 2L), (record.CanaryAfterDecision, record.FailuresAtDecision));
        Assert.InRange(record.Victims, window ? 2 : 50, window ? 5 : 100);
    }

    /// <summary>One that has just begun a step.</summary>
    private static LiveRig Replica(int rank, int of, RolloutPlan? plan = null)
    {
        var rig = LiveRig.Started(plan, basisPoints: 100);
        rig.Live.Place = new FleetPlace((of + rank - 1) % of, of);
        Assert.Equal(rank, rig.Live.Place.In(rig.Generation.Number).Rank);
        rig.Do(Samples.Weigh(5_000));
        return rig;
    }

    private static void Succeed(LiveRig rig, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.Equal(Arm.Canary, rig.Serve(Outcome.Success));
        }
    }

    /// <summary>How many of so many simultaneous requests the canary gets.</summary>
    private static int Admitted(LiveRig rig, int requests)
    {
        Pick[] picks = [.. Enumerable.Range(0, requests).Select(_ => rig.Generation.Pick(0, 0, rig.Time.Monotonic))];
        Array.ForEach(picks, pick => rig.Generation.Leave(pick.Arm));
        return picks.Count(pick => pick.Arm == Arm.Canary);
    }
}
