using System.Net;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Analysis;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Splitting;

namespace Snapback.LoadTests.Micro;

/// <summary>What Snapback itself does for a request, without the sockets and without YARP. Every call may come from any thread.</summary>
[MemoryDiagnoser]
public class RequestPath
{
    /// <summary>As often as the timer of 10 ms would drain it at 100,000 requests a second.</summary>
    private const int TickEvery = 1_000;

    [ThreadStatic]
    private static long _turn;

    /// <summary>Each thread's own: two threads at one counter take turns in one of two rhythms, and no yardstick may have two lengths.</summary>
    [ThreadStatic]
    private static long[]? _counters;

    private readonly LiveRollout _live;
    private readonly UserBucket _bucket;
    private readonly StickyDraw _draw;
    private readonly SegmentMatcher _segment;
    private readonly DefaultHttpContext _request = new();
    private readonly Judge _judge = new(JudgeSettings.For(1e-3, 0.005));

    public RequestPath()
    {
        var time = TimeProvider.System;
        var plan = DefaultPlan.For("micro", "a", "b") with
        {
            Objectives =
            [
                new Objective(ObjectiveMetric.SuccessRate, 0.005, TimeSpan.Zero),
                new Objective(ObjectiveMetric.Latency, 0.05, TimeSpan.FromMilliseconds(400)),
            ],
        };
        _live = new LiveRollout(plan, RolloutStatus.New(plan.Name, time.GetUtcNow()), "", new RolloutSwitches(), time, _ => { });
        var command = new RolloutCommand.SetWeight(new Weight(1000), "v2", "micro");
        _live.Adopt(Transitions.Apply(plan, _live.Status, command, TimeSpan.Zero, time.GetUtcNow()).Next!);
        _bucket = new UserBucket(plan);
        _draw = new StickyDraw(plan with { Sticky = [new StickyKey(StickySource.Header, "X-User-Id")] }, null!, time);
        _segment = SegmentMatcher.Of(plan with { Segment = Gold }, new SegmentFlags(_draw, null!, time))!;
        (_request.Request.Method, _request.Request.Path) = ("GET", "/api/cart");
        _request.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.7");
        _request.Request.Headers["X-User-Id"] = "user-12345";
        _request.Request.Headers["X-Plan"] = "gold";
        _request.Request.Headers.UserAgent = "Mozilla/5.0 (X11; Linux x86_64)";
    }

    /// <summary>Five conditions of four kinds, all of which are asked.</summary>
    private static Segment Gold => new()
    {
        All =
        [
            new(ConditionKind.Header, "X-Plan", ["gold", "silver"]),
            new(ConditionKind.Path, "", ["/api/**"]),
            new(ConditionKind.Method, "", ["GET", "PUT"]),
        ],
        Any = [new(ConditionKind.Cidr, "", ["10.0.0.0/8", "192.0.2.0/24"])],
        Never = [new(ConditionKind.Header, "User-Agent", ["bot*"])],
    };

    /// <summary>The yardstick of this machine and this minute: interlocked adds, of which all the others are made.</summary>
    [Benchmark(Baseline = true)]
#pragma warning disable CA1822 // BenchmarkDotNet asks for an instance's.
    public void Reference()
#pragma warning restore CA1822
    {
        var counters = _counters ??= new long[64];
        for (var i = 0; i < 8; i++)
        {
            Interlocked.Increment(ref counters[8 * i]);
        }
    }

    [Benchmark]
    public int StickyHash() => _bucket.Of("user-12345", out _);

    [Benchmark]
    public int StickyDraw() => _draw.Of(_request, _live.Generation, out _);

    [Benchmark]
    public int SegmentOfFive() => (int)_segment.Of(_request, 1, 1);

    [Benchmark]
    public void PickAndLeave()
    {
        var generation = _live.Generation;
        generation.Leave(generation.Pick(Draw()).Arm);
    }

    [Benchmark]
    public void JudgeGood() => _judge.CanaryGood();

    /// <summary>One in ten to the canary, all of them good: pick, latency evidence, observe, judge, count.</summary>
    [Benchmark]
    public void GoodResponse()
    {
        var generation = _live.Generation;
        // Each thread has its own turn: a clock is nothing that threads wait for each other at.
        var turn = ++_turn;
        var now = TimeSpan.FromTicks(TimeSpan.TicksPerMicrosecond * 10 * turn);
        // 1 to 5 ms: no two answers take the same time, and their counts are not all in one place.
        var latency = TimeSpan.FromMicroseconds(1_000 + turn * 7_919 % 4_000);
        var pick = generation.Pick(Draw(), 0, now);
        var ticket = generation.Dispatch(pick, now);
        generation.Measured(pick, latency, TimeSpan.Zero, now);
        generation.Answered(ticket!, now);
        generation.Observe(pick, Outcome.Success, now);
        generation.Leave(pick.Arm);
        _live.Traffic(pick.Arm).Count("GET", 200, latency);
        _live.Taps.Tell(new OutcomeLine(now, pick.Arm, Outcome.Success, latency, 200, pick.Weight));
        if (turn % TickEvery == 0)
        {
            generation.Tick(now);
        }
    }

    private static int Draw() => Random.Shared.Next(Weight.Whole);
}
