using CsCheck;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>Latency evidence in the order of dispatch, each request once, at the limit at the latest.</summary>
public sealed class LatencyWatchTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(400);
    private static readonly JudgeSettings Settings = JudgeSettings.For(1e-3, null, 0.05);

    private readonly Judge _judge = new(Settings);
    private readonly ArmStats _stats = new();
    private readonly LatencyWatch _watch;

    public LatencyWatchTests() => _watch = Watch(_judge, _stats);

    [Fact]
    public void An_answer_waits_for_those_sent_before_it()
    {
        _watch.Dispatch(Samples.Canary, Ms(0));
        _watch.Dispatch(Samples.Canary, Ms(1)).ResolveGood();
        _watch.Drain(Ms(399));
        Assert.Equal(0, _judge.Latency!.Responses);
        _watch.Drain(Ms(400));
        Assert.Equal((2, 1), (_judge.Latency!.Responses, _judge.Latency!.Failures));
    }

    [Fact]
    public void Whom_a_slow_reader_holds_is_no_evidence_and_does_not_hold_up_those_behind_it()
    {
        var held = _watch.Dispatch(Samples.Canary, Ms(0));
        held.HandOver(Ms(10));
        _watch.Dispatch(Samples.Canary, Ms(1));
        _watch.Drain(Ms(401));
        Assert.Equal((1, 1), (_judge.Latency!.Responses, _judge.Latency!.Failures));
    }

    [Fact]
    public void What_a_quick_reader_takes_is_added_to_the_limit()
    {
        var ticket = _watch.Dispatch(Samples.Canary, Ms(0));
        ticket.HandOver(Ms(10));
        ticket.TakeBack(Ms(5));
        _watch.Drain(Ms(404));
        Assert.Equal(0, _judge.Latency!.Responses);
        _watch.Drain(Ms(405));
        Assert.Equal((1, 1), (_judge.Latency!.Responses, _judge.Latency!.Failures));
    }

    [Fact]
    public void The_evidence_is_that_of_the_requests_in_the_order_they_were_sent() =>
        Gen.Select(Gen.Int[0, 30], Gen.Int[0, 700], Gen.Int[0, 9]).Array[0, 80].Sample(requests =>
        {
            var (judge, expected) = (new Judge(Settings), new Detector(Settings.Latency!));
            var watch = Watch(judge, new ArmStats());
            var happenings = new List<(int At, int Order, Action Do)>();
            var sent = 0;
            foreach (var (pause, latency, kind) in requests)
            {
                sent += pause;
                LatencyTicket? ticket = null;
                var (at, answered) = (sent, sent + latency);
                happenings.Add((at, 0, () => ticket = watch.Dispatch(Samples.Canary, Ms(at))));
                happenings.Add((answered, 1, () => Answer(watch, ticket!, Ms(answered), kind == 0)));
                if (latency >= Limit.TotalMilliseconds)
                {
                    expected.Bad(Ms(0));
                }
                else if (kind != 0)
                {
                    expected.Good();
                }
            }

            happenings.AddRange(Enumerable.Range(0, 40).Select(tick => (tick * 73, 2, (Action)(() => watch.Drain(Ms(tick * 73))))));
            foreach (var (_, _, act) in happenings.OrderBy(happening => (happening.At, happening.Order)))
            {
                act();
            }

            watch.Drain(Ms(sent + 10_000));
            var detector = judge.Latency!;
            Assert.Equal((expected.Responses, expected.Failures, expected.Level), (detector.Responses, detector.Failures, detector.Level));
        });

    [Fact]
    public void A_request_that_is_never_answered_counts_at_the_limit_by_the_tick_alone()
    {
        var rig = LiveRig.Started(Samples.Plan with { Objectives = [Samples.P95] });
        for (var i = 0; i < 3; i++)
        {
            rig.Generation.Dispatch(Samples.Canary, rig.Time.Monotonic);
        }

        rig.Time.Advance(Limit - TimeSpan.FromTicks(1));
        rig.Generation.Tick(rig.Time.Monotonic);
        Assert.Equal(RolloutPhase.Progressing, rig.Live.Status.Phase);
        rig.Time.Advance(TimeSpan.FromTicks(1));
        rig.Generation.Tick(rig.Time.Monotonic);
        Assert.Equal(("p95", 3L), (rig.Live.Status.Rollback!.Trigger, rig.Generation.Canary.Slow));
    }

    [Fact]
    public void A_slow_answer_that_the_tick_has_counted_is_not_counted_again()
    {
        var rig = LiveRig.Started(Samples.Plan with { Objectives = [Samples.P95] });
        var ticket = rig.Generation.Dispatch(Samples.Canary, rig.Time.Monotonic)!;
        rig.Time.Advance(Limit);
        rig.Generation.Tick(rig.Time.Monotonic);
        rig.Generation.Answered(ticket, rig.Time.Monotonic);
        rig.Generation.Excused(ticket, rig.Time.Monotonic);
        rig.Generation.Tick(rig.Time.Monotonic);
        Assert.Equal(1, rig.Generation.Canary.Slow);
    }

    [Theory]
    [InlineData(399, 0)]
    [InlineData(400, 1)]
    public void An_excused_request_counts_nothing_before_the_limit_and_slow_from_it_on(int elapsed, int slow)
    {
        var rig = LiveRig.Started(Samples.Plan with { Objectives = [Samples.P95] });
        var ticket = rig.Generation.Dispatch(Samples.Canary, rig.Time.Monotonic)!;
        rig.Time.Advance(Ms(elapsed));
        rig.Generation.Excused(ticket, rig.Time.Monotonic);
        rig.Time.Advance(Ms(10_000));
        rig.Generation.Tick(rig.Time.Monotonic);
        var detector = rig.Generation.Judge!.Latency!;
        Assert.Equal((slow, slow, slow), ((int)rig.Generation.Canary.Slow, (int)detector.Failures, (int)detector.Responses));
    }

    [Fact]
    public async Task Racing_drains_count_every_ticket_once()
    {
        const int each = 20_000;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
            {
                var now = Ms((i * 4) + worker);
                var ticket = _watch.Dispatch(Samples.Canary, now);
                if (i % 10 != 0)
                {
                    ticket.ResolveGood();
                }

                _watch.Drain(i % 3 == 0 ? now + Limit : now);
            }
        })));
        _watch.Drain(TimeSpan.FromDays(1));

        // A drain of another thread's later clock may find a ticket before it is resolved; it then is slow, and once.
        Assert.InRange(_stats.Slow, 4 * each / 10, 4 * each);
        Assert.Equal((4 * each, _stats.Slow), (_judge.Latency!.Responses, _judge.Latency!.Failures));
    }

    [Fact]
    public void Only_a_ticket_that_was_good_is_used_again()
    {
        var slow = _watch.Dispatch(Samples.Canary, Ms(0));
        var good = _watch.Dispatch(Samples.Canary, Ms(1));
        good.ResolveGood();
        _watch.Drain(Ms(401));
        var later = Enumerable.Range(0, 64).Select(i => _watch.Dispatch(Samples.Canary, Ms(500 + i))).ToList();
        Assert.Contains(good, later);
        Assert.DoesNotContain(slow, later);

        // Whoever waited for it may still be told that it was answered in the end.
        slow.ResolveGood();
        later.ForEach(ticket => ticket.ResolveGood());
        _watch.Drain(Ms(600));
        Assert.Equal((66, 1), (_judge.Latency!.Responses, _judge.Latency!.Failures));
    }

    [Fact]
    public async Task Threads_that_drain_one_long_queue_together_count_every_ticket_once()
    {
        const int tickets = 200_000;
        for (var i = 0; i < tickets; i++)
        {
            var ticket = _watch.Dispatch(Samples.Canary, Ms(i));
            if (i % 1000 != 0)
            {
                ticket.ResolveGood();
            }
        }

        using var start = new Barrier(2);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            start.SignalAndWait();
            _watch.Drain(TimeSpan.FromDays(1));
        })));
        Assert.Equal((tickets, tickets / 1000, (long)tickets / 1000), (_judge.Latency!.Responses, _judge.Latency!.Failures, _stats.Slow));
    }

    [Fact]
    public void Stable_counts_a_slow_request_when_the_limit_passes_and_is_not_rolled_back_for_it()
    {
        var rig = LiveRig.Started(Samples.Plan with { Objectives = [Samples.P95] });
        for (var i = 0; i < 100; i++)
        {
            rig.Generation.Dispatch(Samples.Stable, rig.Time.Monotonic);
        }

        rig.Generation.Dispatch(Samples.Stable, rig.Time.Monotonic)!.ResolveGood();
        rig.Time.Advance(Limit - TimeSpan.FromTicks(1));
        rig.Generation.Tick(rig.Time.Monotonic);
        Assert.Equal(0, rig.Generation.Stable.Slow);
        rig.Time.Advance(TimeSpan.FromTicks(1));
        rig.Generation.Tick(rig.Time.Monotonic);
        Assert.Equal((100L, 0L, RolloutPhase.Progressing), (rig.Generation.Stable.Slow, rig.Generation.Canary.Slow, rig.Live.Status.Phase));
        Assert.True(rig.Generation.Judge!.Readiness.StableAlarms);
    }

    [Fact]
    public void What_passes_the_limit_gets_the_judges_word_and_the_last_word_that_moves_it_counts()
    {
        for (var i = 0; i < 3; i++)
        {
            _watch.Dispatch(Samples.Canary, Ms(0));
        }

        _watch.Dispatch(Samples.Canary, Ms(0)).ResolveGood();
        Assert.Equal(default, _watch.Drain(Ms(399)));
        Assert.Equal((Cause.Latency, new Stretch(3, 3, Limit)), _watch.Drain(Limit) is var ruling ? (ruling.Cause, ruling.Stretch) : default);
        Assert.Equal(default, _watch.Drain(Ms(500)));
    }

    private static LatencyWatch Watch(Judge judge, ArmStats stats) => new(judge, Arm.Canary, Limit, stats, new AdmissionWindow(2), new StallWatch());

    private static void Answer(LatencyWatch watch, LatencyTicket ticket, TimeSpan now, bool excused)
    {
        if (now - ticket.Dispatched >= Limit)
        {
            ticket.Expire();
            watch.Drain(now);
        }
        else if (excused)
        {
            ticket.Exclude();
        }
        else
        {
            ticket.ResolveGood();
        }
    }

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
