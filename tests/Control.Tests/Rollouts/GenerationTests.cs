using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>The pick: whom it sends where, and what holds while a thousand of them race one rollback.</summary>
public sealed class GenerationTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(9999)]
    [InlineData(10_000)]
    public void Of_all_draws_exactly_the_weight_goes_to_the_canary(int basisPoints)
    {
        var generation = LiveRig.Started(Samples.Unbounded, basisPoints).Generation;
        var canary = Enumerable.Range(0, Weight.Whole).Count(draw => generation.Pick(draw).Arm == Arm.Canary);
        Assert.Equal(basisPoints, canary);
        Assert.Equal((basisPoints, Weight.Whole - basisPoints), (generation.InFlight(Arm.Canary), generation.InFlight(Arm.Stable)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(2500)]
    [InlineData(5000)]
    [InlineData(9999)]
    [InlineData(10_000)]
    public void The_share_of_random_draws_is_the_weight(int basisPoints)
    {
        const int draws = 100_000;
        var generation = LiveRig.Started(Samples.Unbounded, basisPoints).Generation;
        var random = new Random(20260301);
        var canary = 0;
        for (var i = 0; i < draws; i++)
        {
            var arm = generation.Pick(random.Next(Weight.Whole)).Arm;
            canary += arm == Arm.Canary ? 1 : 0;
            generation.Leave(arm);
        }

        // 99.9 % of all runs are within 3.29 standard deviations; at 0 and 10 000 there is no deviation.
        var share = basisPoints / (double)Weight.Whole;
        var bound = 3.29 * Math.Sqrt(draws * share * (1 - share));
        Assert.InRange(canary, (draws * share) - bound, (draws * share) + bound);
    }

    [Fact]
    public void Canary_picks_are_numbered_from_one_and_stable_ones_are_zero()
    {
        var generation = LiveRig.Started(Samples.Unbounded, 5000).Generation;
        uint[] numbers = [.. new[] { 0, 9999, 4999, 5000, 1 }.Select(draw => generation.Pick(draw).Sequence)];
        Assert.Equal([1, 0, 2, 0, 3], numbers);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1_000_000)]
    public void A_canary_with_all_places_taken_gets_no_more_and_the_weight_stays(int? admission)
    {
        var generation = LiveRig.Started(Samples.Plan with { Judge = JudgeTerms.Default with { Admission = admission } }, 10_000).Generation;
        for (var i = 0; i < PickWord.MaxInFlight; i++)
        {
            Assert.Equal(Arm.Canary, generation.Pick(9999).Arm);
        }

        Assert.Equal(Arm.Stable, generation.Pick(0).Arm);
        Assert.Equal((10_000, false), (generation.Word.Weight, generation.Word.Closed));
        generation.Leave(Arm.Canary);
        Assert.Equal(Arm.Canary, generation.Pick(0).Arm);
    }

    [Fact]
    public void A_generation_that_ended_sends_its_late_requests_to_stable()
    {
        var rig = LiveRig.Started();
        var old = rig.Generation;
        rig.RollBack();
        rig.Do(Samples.Start("v2"));
        Assert.Equal(Arm.Stable, old.Pick(0).Arm);
        Assert.Equal(Arm.Canary, rig.Generation.Pick(0).Arm);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_pick_comes_after_the_word_that_closed(bool byTheJudge)
    {
        for (var round = 0; round < 40; round++)
        {
            var rig = LiveRig.Started(Samples.Unbounded, 9000);
            var generation = rig.Generation;
            var (last, picks) = await RaceAsync(rig, round, byTheJudge);

            var record = rig.Now.Status.Rollback!;
            Assert.True(last <= record.SequenceAtDecision, $"pick {last} came after {record.SequenceAtDecision}");
            Assert.Equal(picks, (int)record.SequenceAtDecision);
            Assert.Equal((0u, 0, 0), (record.CanaryAfterDecision, generation.InFlight(Arm.Canary), generation.InFlight(Arm.Stable)));
            Assert.Equal((0, true), (generation.Word.Weight, generation.Word.Closed));
            Assert.Equal(1, rig.Lowered);
        }
    }

    [Fact]
    public async Task Outcomes_of_racing_requests_are_all_counted()
    {
        const int each = 5000;
        var generation = LiveRig.Started(Samples.Unbounded, 5000).Generation;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            for (var i = 0; i < each; i++)
            {
                var pick = generation.Pick(random.Next(Weight.Whole));
                generation.Observe(pick, i % 2 == 0 ? Outcome.Success : Outcome.Neutral, TimeSpan.Zero);
                generation.Leave(pick.Arm);
            }
        })));
        Assert.Equal(4 * each, generation.Stable.Requests + generation.Canary.Requests);
        Assert.Equal(2 * each, generation.Stable.Responses + generation.Canary.Responses);
        Assert.Equal(generation.Canary.Requests, generation.Word.Sequence);
    }

    [Fact]
    public void A_success_rate_is_100_while_nothing_was_answered_and_ignores_neutral_requests()
    {
        var stats = LiveRig.Started().Generation.Stable;
        Assert.Equal(100, stats.SuccessRate);
        stats.Count(Outcome.Neutral);
        stats.Count(Outcome.Success);
        stats.Count(Outcome.Failure);
        Assert.Equal((50, 3, 2, 1), (stats.SuccessRate, stats.Requests, stats.Responses, stats.Failures));
    }

    /// <summary>Four threads pick, observe and leave; after a while one of them closes. The highest pick and their number.</summary>
    private static async Task<(uint Last, int Picks)> RaceAsync(LiveRig rig, int round, bool byTheJudge)
    {
        const int requests = 3000;
        var generation = rig.Generation;
        var closeAt = 50 + (round * 37);
        var (last, picks, gate) = (0u, 0, new Lock());
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var (mine, count) = (0u, 0);
            for (var i = 0; i < requests; i++)
            {
                var pick = generation.Pick((i * 7919) % Weight.Whole);
                (mine, count) = pick.Arm == Arm.Canary ? (Math.Max(mine, pick.Sequence), count + 1) : (mine, count);
                var closes = worker == 0 && i >= closeAt;
                if (closes && !byTheJudge)
                {
                    rig.RollBack();
                }

                generation.Observe(pick, closes && byTheJudge && pick.Arm == Arm.Canary ? Outcome.Failure : Outcome.Success, TimeSpan.Zero);
                generation.Leave(pick.Arm);
            }

            lock (gate)
            {
                (last, picks) = (Math.Max(last, mine), picks + count);
            }
        })));
        return (last, picks);
    }
}
