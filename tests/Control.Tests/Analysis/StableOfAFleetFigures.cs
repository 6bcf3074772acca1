using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>How often stable seems to break its budget in a fleet, which counts what it hears of stable as it arrives; the figures of decision 30, a minute of them.</summary>
public sealed class StableOfAFleetFigures
{
    private const int Runs = 1500;

    private const double BeatMs = 250;

    private const double RestMs = 5;

    [Theory(Explicit = true)]
    [InlineData(50, 0.005)]
    [InlineData(500, 0.005)]
    [InlineData(3000, 0.005)]
    [InlineData(500, 0.0025)]
    [InlineData(3000, 0.0025)]
    [InlineData(500, 0.001)]
    [InlineData(3000, 0.001)]
    public void Alarms_of_a_stable_within_its_budget(double perSecond, double failing)
    {
        var line = $"{perSecond}/s, {failing:P2} fail, alarms on any replica:";
        foreach (var replicas in (int[])[1, 4, 16])
        {
            var alarmed = ParallelEnumerable.Range(1, Runs).WithDegreeOfParallelism(2).Count(seed => new Fleet(replicas, seed).Alarms(perSecond, failing));
            line += $"  {replicas}: {100.0 * alarmed / Runs:F2}%";
        }

        TestContext.Current.TestOutputHelper?.WriteLine(line);
    }

    /// <summary>Stable's detectors on simulated time: a failure is told at once, with all that its owner has counted.</summary>
    private sealed class Fleet(int replicas, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly PriorityQueue<Action<double>, double> _events = new();
        private readonly Detector[] _detectors = [.. Enumerable.Range(0, replicas).Select(_ => new Detector(DetectorSettings.For(0.005, 1e-2)))];
        private readonly (long Good, long Bad)[] _counted = new (long, long)[replicas];
        private readonly (long Good, long Bad)[,] _heard = new (long, long)[replicas, replicas];
        private readonly double[] _restedAt = new double[replicas];
        private bool _alarmed;

        public bool Alarms(double perSecond, double failing)
        {
            var at = 0.0;
            for (var i = 0; i < 1000; i++)
            {
                at += -Math.Log(1 - _random.NextDouble()) * 1000 / perSecond;
                var (replica, bad) = (_random.Next(replicas), _random.NextDouble() < failing);
                _events.Enqueue(now => Respond(now, replica, bad), at);
            }

            for (var i = 0; i < replicas; i++)
            {
                var replica = i;
                for (var beat = _random.NextDouble() * BeatMs; beat < at; beat += BeatMs)
                {
                    _events.Enqueue(now => Tell(now, replica), beat);
                }
            }

            while (_events.TryDequeue(out var happen, out var now))
            {
                happen(now);
            }

            return _alarmed;
        }

        private void Respond(double now, int replica, bool bad)
        {
            var (good, failed) = _counted[replica];
            _counted[replica] = bad ? (good, failed + 1) : (good + 1, failed);
            if (!bad)
            {
                _detectors[replica].Good();
                return;
            }

            _alarmed |= _detectors[replica].Bad(TimeSpan.FromMilliseconds(now));
            var due = Math.Max(now, _restedAt[replica]);
            _restedAt[replica] = due + RestMs;
            _events.Enqueue(then => Tell(then, replica), due);
        }

        private void Tell(double now, int replica)
        {
            var told = _counted[replica];
            foreach (var other in Enumerable.Range(0, replicas).Where(other => other != replica))
            {
                _events.Enqueue(then => Hear(then, other, replica, told), now + Way() + Way());
            }
        }

        private void Hear(double now, int replica, int from, (long Good, long Bad) told)
        {
            var (good, bad) = _heard[replica, from];
            _heard[replica, from] = (Math.Max(good, told.Good), Math.Max(bad, told.Bad));
            if (told.Good > good)
            {
                _detectors[replica].Good((int)(told.Good - good));
            }

            for (; bad < told.Bad; bad++)
            {
                _alarmed |= _detectors[replica].Bad(TimeSpan.FromMilliseconds(now));
            }
        }

        /// <summary>To Redis, or from there.</summary>
        private double Way() => 0.5 + 2 * _random.NextDouble();
    }
}
