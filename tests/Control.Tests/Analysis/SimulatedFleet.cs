using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing.Fleet;

namespace Snapback.Control.Tests.Analysis;

/// <summary>
/// Replicas of one arm on simulated time: requests arrive by chance, failures are told at once and answered, sums are told every quarter
/// second, and every message takes one to five milliseconds. The production judges, pools and answers decide.
/// </summary>
internal sealed class SimulatedFleet
{
    private const double LatencyMs = 30;

    private const double BeatMs = 250;

    private readonly Random _random;
    private readonly Replica[] _replicas;
    private readonly PriorityQueue<Action<double>, double> _events = new();
    private double _until;

    public SimulatedFleet(int replicas, double alpha, int seed)
    {
        _random = new Random(seed);
        var settings = JudgeSettings.For(alpha, errors: 0.005) with { Attribution = null, MaxRatioToStable = null, HarmCap = null };
        _replicas = [.. Enumerable.Range(0, replicas).Select(i => new Replica($"r{i}", settings, new FleetPlace(i, replicas)))];
    }

    /// <summary>Canary requests in flight at the start, as a plan says it; null for no window.</summary>
    public int? Window { get; init; }

    public bool Pooled { get; init; } = true;

    /// <summary>Whoever hears of a failure tells its own sums at once.</summary>
    public bool Answers { get; init; } = true;

    /// <summary>Good responses before anything fails.</summary>
    public int Healthy { get; init; }

    /// <summary>The requests are stable's, and nothing is rolled back.</summary>
    public bool OfStable { get; init; }

    /// <summary>The failures there were when stable first seemed to break its budget to any of them; null if it never did.</summary>
    public int? StableAlarmedAfter { get; private set; }

    public bool RolledBack => _replicas.Any(replica => double.IsFinite(replica.StoppedAt));

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
            var (picked, replica, bad) = (at, _replicas[_random.Next(_replicas.Length)], i >= Healthy && _random.NextDouble() < failing);
            _events.Enqueue(_ => Pick(picked, replica, bad), picked);
        }

        foreach (var replica in _replicas)
        {
            replica.Begin(Window);
        }

        foreach (var replica in Pooled ? _replicas : [])
        {
            BeatAt(_random.NextDouble() * BeatMs, replica);
        }

        _until = at + LatencyMs;
        while (_events.TryDequeue(out var happen, out var now))
        {
            happen(now);
        }

        return this;
    }

    private static TimeSpan Time(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private void Pick(double now, Replica replica, bool bad)
    {
        if (now < replica.StoppedAt && replica.InFlight < replica.Admission.Limit(Time(now)))
        {
            replica.InFlight++;
            _events.Enqueue(then => Respond(then, replica, bad), now + LatencyMs);
        }
    }

    private void Respond(double now, Replica replica, bool bad)
    {
        replica.InFlight--;
        Errors += bad ? 1 : 0;
        switch (OfStable, bad)
        {
            case (false, false):
                replica.Judge.CanaryGood();
                replica.Admission.Widen();
                return;
            case (true, false):
                replica.Judge.StableGood();
                return;
            case (false, true):
                Act(now, replica, replica.Judge.CanaryFailed(Time(now), 0.1));
                replica.Hold(now);
                break;
            case (true, true):
                replica.Judge.StableFailed(Time(now), 0.1);
                LookAtStable(replica);
                break;
        }

        Wake(now, replica);
    }

    private void BeatAt(double at, Replica replica)
    {
        var turn = ++replica.Turn;
        _events.Enqueue(
            now =>
            {
                if (turn == replica.Turn)
                {
                    Beat(now, replica);
                }
            },
            at);
    }

    private void Wake(double now, Replica replica)
    {
        if (Pooled)
        {
            replica.Woken = true;
            if (!replica.Beating)
            {
                BeatAt(Math.Max(now, replica.RestedAt), replica);
            }
        }
    }

    /// <summary>The sums go to Redis, those of the others come back, and what is news is told to all.</summary>
    private void Beat(double now, Replica replica)
    {
        if (now > _until || _replicas.All(one => one.StoppedAt < now))
        {
            return;
        }

        (replica.Beating, replica.Woken) = (true, false);
        var owes = replica.Answers.Settle(Time(now));
        var tally = replica.Pool.Own;
        var tells = owes || (tally - replica.Stored.Tally).HasBad;
        var reached = now + Way();
        _events.Enqueue(then => Reach(then, replica, now, tally, tells), reached);
    }

    private void Reach(double now, Replica replica, double asked, Tally tally, bool tells)
    {
        replica.Stored = (tally, now);
        foreach (var other in tells ? _replicas : [])
        {
            if (other != replica)
            {
                _events.Enqueue(then => Hear(then, other, replica.Name, tally, then - asked), now + Way());
            }
        }

        var others = _replicas.Where(other => other != replica && other.Stored.Tally != default)
            .Select(other => (other.Name, other.Stored.Tally, Age: now - other.Stored.At))
            .ToList();
        _events.Enqueue(
            then =>
            {
                others.ForEach(other => Hear(then, replica, other.Name, other.Tally, other.Age + ((then - asked) / 2)));
                (replica.Beating, replica.RestedAt) = (false, then + replica.Pace.RestAfter(Time(then)).TotalMilliseconds);
                BeatAt(replica.Woken ? replica.RestedAt : then + BeatMs, replica);
            },
            now + Way());
    }

    private void Hear(double now, Replica replica, string from, Tally tally, double age)
    {
        Act(now, replica, replica.Pool.Take(from, tally, Time(age), Time(now), 0.1, out var news));
        replica.Admission.LetIn(replica.Place, news.CanaryGood, Time(now));
        if (news.CanaryBad > 0)
        {
            replica.Hold(now);
        }

        LookAtStable(replica);
        if (Answers && replica.Answers.Heard(news, _replicas.Length, Time(now)) is { } due)
        {
            _events.Enqueue(then => Answer(then, replica), now + due.TotalMilliseconds);
        }
    }

    /// <summary>Unless a failure of its own told the same meanwhile.</summary>
    private void Answer(double now, Replica replica)
    {
        if (replica.Answers.IsOwed)
        {
            Wake(now, replica);
        }
    }

    private void LookAtStable(Replica replica)
    {
        if (OfStable && StableAlarmedAfter is null && replica.Judge.Readiness.StableAlarms)
        {
            StableAlarmedAfter = Errors;
        }
    }

    private void Act(double now, Replica replica, Ruling ruling)
    {
        if (ruling.EndsCanary && now < replica.StoppedAt)
        {
            replica.StoppedAt = now;
            foreach (var other in Pooled ? _replicas : [])
            {
                other.StoppedAt = Math.Min(other.StoppedAt, now + Way() + Way());
            }
        }
    }

    /// <summary>To Redis, or from there.</summary>
    private double Way() => 0.5 + 2 * _random.NextDouble();

    private sealed class Replica
    {
        public Replica(string name, JudgeSettings settings, FleetPlace place)
        {
            (Name, Place) = (name, place);
            Judge = new Judge(settings);
            Pool = new EvidencePool(Judge, TimeSpan.Zero) { Peers = place.Of - 1 };
            Begin(null);
        }

        public FleetPlace Place { get; }

        public AdmissionWindow Admission { get; private set; } = null!;

        public int InFlight { get; set; }

        public string Name { get; }

        public Judge Judge { get; }

        public EvidencePool Pool { get; }

        public PromptAnswers Answers { get; } = new();

        public BeatPace Pace { get; } = new();

        public double StoppedAt { get; set; } = double.PositiveInfinity;

        /// <summary>As of its last beat.</summary>
        public (Tally Tally, double At) Stored { get; set; }

        public bool Beating { get; set; }

        public void Begin(int? window)
        {
            Admission = new AdmissionWindow(window);
            Admission.Restart(Place, TimeSpan.Zero);
        }

        public void Hold(double now)
        {
            if (Place.Of > 1)
            {
                Admission.Failed(Judge.Meter, Time(now));
            }
        }

        public bool Woken { get; set; }

        public double RestedAt { get; set; }

        /// <summary>A beat that was set for later is off when there is a sooner one.</summary>
        public int Turn { get; set; }
    }
}
