using CsCheck;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>Time that this process stood still is no arm's; time that it did not is.</summary>
public sealed class LatencyInAStallTests
{
    private const int Tick = 10;
    private const int Limit = 400;

    private static readonly RolloutPlan Told = Samples.Plan with { Objectives = [Samples.P95], OnBreach = OnBreach.Notify };

    /// <summary>
    /// A process that stands still now and then, and reads what came meanwhile only afterwards, in front of an arm whose true times are
    /// known: nobody is slow who was not, and whoever is slow by more than the stalls is seen as soon as they allow.
    /// </summary>
    [Fact]
    public void Only_who_was_slow_is_slow_and_whoever_was_is_seen_as_soon_as_the_stalls_allow() =>
        Gen.Select(
            Gen.Select(Gen.Int[0, 60], Gen.Int[0, 1500]).Array[1, 60],
            Gen.Select(Gen.Int[0, 400], Gen.Int[100, 1200]).Array[0, 4]).Sample((requests, stops) =>
        {
            var run = new Run(stops);
            var sent = 1000;
            foreach (var (pause, took) in requests)
            {
                sent = run.Awake(sent + pause);
                run.Requests.Add(new Request(sent, took));
            }

            run.Play(until: sent + 10_000, (at, slow) =>
            {
                Assert.InRange(slow, run.Requests.Count(request => run.IsSeenBy(at, request)), run.Requests.Count(request => request.Took >= Limit));
            });
        });

    [Theory]
    [InlineData(399, 0, 1)]
    [InlineData(400, 1, 1)]
    public void Without_a_stall_the_limit_is_the_limit(int read, int slow, int responses) => Assert.Equal((slow, responses), Answer(read, read));

    [Theory]
    [InlineData(1210, 0, 0)]
    [InlineData(1399, 0, 0)]
    [InlineData(1400, 1, 1)]
    public void An_answer_that_only_a_stall_took_past_the_limit_is_neither_good_nor_slow(int read, int slow, int responses) =>
        Assert.Equal((slow, responses), Answer(read, stall: 200));

    [Fact]
    public void A_stall_is_no_time_of_either_arms_p95_and_none_of_it_speaks_against_the_canary()
    {
        var rig = LiveRig.Started(Samples.Plan with { Judge = Samples.Plan.Judge with { MaxLatencyRatioToStable = 1.5 } });
        Measure(200, Samples.Stable, 20, 0);
        Measure(50, Samples.Canary, 1020, 1000);
        Assert.Equal((RolloutPhase.Progressing, 0), (rig.Live.Status.Phase, rig.Generation.Judge!.RelativeLatency!.Slow.OfCanary));
        Assert.InRange(rig.Generation.Canary.Latency.Quantile(0.95)!.Value, Ms(19), Ms(21));

        // By what no stall explains it is slow as ever.
        Measure(50, Samples.Canary, 1100, 1000);
        Assert.Equal("relative-latency", rig.Live.Status.Rollback?.Trigger);

        void Measure(int times, Pick pick, int took, int stalled)
        {
            for (var i = 0; i < times; i++)
            {
                rig.Generation.Measured(pick, Ms(took), Ms(stalled), rig.Time.Monotonic);
            }
        }
    }

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    /// <summary>One answer, that was read so many ms after its request was sent; for a second of them this process may stand still.</summary>
    private static (int Slow, int Responses) Answer(int read, int stall)
    {
        var rig = LiveRig.Started(Told);
        var ticket = rig.Generation.Dispatch(Samples.Canary, Ms(1000))!;
        for (var at = 0; at <= read; at += at == stall ? 1000 : Tick)
        {
            rig.Live.Stalls.Beat(Ms(1000 + at));
        }

        rig.Generation.Answered(ticket, Ms(1000 + read));
        rig.Generation.Tick(Ms(1000 + read));
        return ((int)rig.Generation.Canary.Slow, (int)rig.Generation.Judge!.Latency!.Responses);
    }

    private readonly record struct Request(int Sent, int Took);

    /// <summary>The machine: times in ms, from 1000 on.</summary>
    private sealed class Run
    {
        private readonly List<(int From, int To)> _stops = [];

        public Run((int After, int Lasting)[] stops)
        {
            var at = 1000;
            foreach (var (after, lasting) in stops)
            {
                _stops.Add((at + after, at + after + lasting));
                at += after + lasting;
            }
        }

        public List<Request> Requests { get; } = [];

        /// <summary>The moment, or the end of the stop that it lies in.</summary>
        public int Awake(int at) => _stops.Find(stop => stop.From <= at && at < stop.To) is { To: > 0 } stop ? Awake(stop.To) : at;

        /// <summary>Nothing excuses it by then: neither the stops nor the time from the last tick before them to the first after them.</summary>
        public bool IsSeenBy(int at, Request request) =>
            request.Took - Excused(request.Sent, request.Sent + request.Took) >= Limit && at - request.Sent - Excused(request.Sent, at) >= Limit;

        public void Play(int until, Action<int, int> look)
        {
            var rig = LiveRig.Started(Told);
            var generation = rig.Generation;
            var happenings = new List<(int At, int Order, Action Do)>();
            foreach (var request in Requests)
            {
                var (ticket, read) = ((LatencyTicket?)null, Awake(request.Sent + request.Took));
                happenings.Add((request.Sent, 1, () => ticket = generation.Dispatch(Samples.Canary, Ms(request.Sent))));
                happenings.Add((read, 2, () => generation.Answered(ticket!, Ms(read))));
            }

            for (var tick = 990; tick < until; tick += Tick)
            {
                var at = Awake(tick);
                happenings.Add((at, 3, Beat));

                void Beat()
                {
                    rig.Live.Stalls.Beat(Ms(at));
                    generation.Tick(Ms(at));
                    look(at, (int)generation.Canary.Slow);
                }
            }

            foreach (var (_, _, act) in happenings.OrderBy(happening => (happening.At, happening.Order)))
            {
                act();
            }
        }

        private int Excused(int from, int to) => _stops.Sum(stop => Math.Max(0, Math.Min(stop.To + Tick, to) - Math.Max(stop.From - Tick, from)));
    }
}
