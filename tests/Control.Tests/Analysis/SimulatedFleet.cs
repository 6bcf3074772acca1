using Snapback.Control.Analysis;
using Snapback.Control.Sharing.Fleet;

namespace Snapback.Control.Tests.Analysis;

/// <summary>
/// Replicas of one canary on simulated time: requests arrive by chance, failures are told at once and answered, sums are told every quarter
/// second, and every message takes one to five milliseconds. The production judges, pools and answers decide.
/// </summary>
internal sealed class SimulatedFleet
{
    private const double LatencyMs = 30;

    private readonly Random _random;
    private readonly Judge[] _judges;
    private readonly EvidencePool[] _pools;
    private readonly PromptAnswers[] _answers;
    private readonly double[] _stoppedAt;
    private readonly PriorityQueue<Action<double>, double> _events = new();

    public SimulatedFleet(int replicas, double alpha, int seed)
    {
        _random = new Random(seed);
        var settings = JudgeSettings.For(alpha, errors: 0.005) with { Attribution = null, MaxRatioToStable = null, HarmCap = null };
        _judges = [.. Enumerable.Range(0, replicas).Select(_ => new Judge(settings))];
        _pools = [.. _judges.Select(judge => new EvidencePool(judge, TimeSpan.Zero) { Peers = replicas - 1 })];
        _answers = [.. _judges.Select(_ => new PromptAnswers())];
        _stoppedAt = [.. _judges.Select(_ => double.PositiveInfinity)];
    }

    public bool Pooled { get; init; } = true;

    /// <summary>Whoever hears of a failure tells its own sums at once.</summary>
    public bool Answers { get; init; } = true;

    /// <summary>Good responses before anything fails.</summary>
    public int Healthy { get; init; }

    /// <summary>What a pool without extrapolation would decide.</summary>
    public bool Extrapolates
    {
        init
        {
            if (!value)
            {
                Array.ForEach(_judges, judge => judge.Unseen = ((_, _) => 0, (_, _) => 0));
            }
        }
    }

    public bool RolledBack => _stoppedAt.Any(double.IsFinite);

    /// <summary>Failed responses that users saw, those in flight at the decision included.</summary>
    public int Errors { get; private set; }

    /// <param name="perSecond">Canary requests on all replicas together.</param>
    /// <param name="failing">Probability that one fails.</param>
    /// <param name="requests">After so many it is over, decided or not.</param>
    public SimulatedFleet Run(double perSecond, double failing, int requests)
    {
        var at = 0.0;
        for (var i = 0; i < requests; i++)
        {
            at += -Math.Log(1 - _random.NextDouble()) * 1000 / perSecond;
            var (picked, replica, bad) = (at, _random.Next(_judges.Length), i >= Healthy && _random.NextDouble() < failing);
            _events.Enqueue(_ => Pick(picked, replica, bad), picked);
        }

        for (var i = 0; Pooled && i < _judges.Length; i++)
        {
            Flush(i, _random.NextDouble() * 250, at);
        }

        while (_events.TryDequeue(out var happen, out var now) && !_stoppedAt.All(stopped => stopped < now))
        {
            happen(now);
        }

        // What was in flight when all had stopped still ends.
        while (_events.TryDequeue(out var happen, out var now))
        {
            happen(now);
        }

        return this;
    }

    private static TimeSpan Time(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private void Pick(double now, int replica, bool bad)
    {
        if (now < _stoppedAt[replica])
        {
            _events.Enqueue(then => Respond(then, replica, bad), now + LatencyMs);
        }
    }

    private void Respond(double now, int replica, bool bad)
    {
        if (!bad)
        {
            _judges[replica].CanaryGood();
            return;
        }

        Errors++;
        Act(now, replica, _judges[replica].CanaryFailed(Time(now), 0.1));
        Tell(now, replica);
    }

    private void Flush(int replica, double at, double until)
    {
        if (at < until)
        {
            _events.Enqueue(
                now =>
                {
                    Tell(now, replica);
                    Flush(replica, now + 250, until);
                },
                at);
        }
    }

    private void Tell(double now, int replica)
    {
        _answers[replica].Settle(Time(now));
        var tally = _pools[replica].Own;
        for (var other = 0; Pooled && other < _judges.Length; other++)
        {
            if (other != replica)
            {
                var to = other;
                _events.Enqueue(then => Hear(then, to, $"r{replica}", tally), now + Delay());
            }
        }
    }

    private void Hear(double now, int replica, string from, Tally tally)
    {
        Act(now, replica, _pools[replica].Take(from, tally, Time(now), 0.1, out var news));
        if (Answers && _answers[replica].Heard(news, _judges.Length, Time(now)) is { } due)
        {
            _events.Enqueue(then => Answer(then, replica), now + due.TotalMilliseconds);
        }
    }

    /// <summary>Unless a failure of its own told the same meanwhile.</summary>
    private void Answer(double now, int replica)
    {
        if (_answers[replica].IsOwed)
        {
            Tell(now, replica);
        }
    }

    private void Act(double now, int replica, Ruling ruling)
    {
        if (ruling.EndsCanary && now < _stoppedAt[replica])
        {
            _stoppedAt[replica] = now;
            for (var other = 0; other < _judges.Length && Pooled; other++)
            {
                var to = other;
                _stoppedAt[to] = Math.Min(_stoppedAt[to], now + Delay());
            }
        }
    }

    private double Delay() => 1 + 4 * _random.NextDouble();
}
