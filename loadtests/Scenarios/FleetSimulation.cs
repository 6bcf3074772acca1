using System.Globalization;

namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// The beat, the message and the one Redis as a queue on simulated time, for fleets that fit on no machine here. Redis takes what the
/// fleet scenario measured: 170 µs a beat and half a microsecond for each replica in the answer, and for a delivery what was measured just
/// before. A link of 10 Gbit/s is assumed.
/// </summary>
internal sealed class FleetSimulation
{
    private const double BeatMicros = 170;
    private const double MicrosPerReplica = 0.5;
    private const double BytesPerMicro = 1250;
    private const double Deadline = 800_000;
    private const double End = 30e6;

    /// <summary>One way to Redis, from a replica beside it and from regions on its own and on another continent.</summary>
    private static readonly double[] Regions = [250, 40_000, 75_000];

    private readonly PriorityQueue<Action<double>, double> _events = new();
    private readonly Random _random = new(1);
    private readonly double[] _way;
    private readonly double[] _taken;
    private readonly double _microsPerDelivery;
    private readonly double _bytesPerDelivery;
    private readonly double _bytesPerReplica;
    private readonly double _rest;
    private readonly bool _sums;
    private readonly List<double> _answers = [];
    private readonly List<double> _ages = [];
    private readonly List<double> _spread = [];
    private readonly List<double> _spreadByBeat = [];
    private double _takenSum;
    private double _busyUntil;
    private double _worked;
    private double _bytes;
    private double? _lowered;
    private int _unaware;

    private FleetSimulation(int replicas, int regions, double restMs, bool sums, (double Micros, double Bytes) delivery, double bytesPerReplica)
    {
        (_microsPerDelivery, _bytesPerDelivery, _bytesPerReplica) = (delivery.Micros, delivery.Bytes, bytesPerReplica);
        (_rest, _sums) = (restMs * 1000, sums);
        _way = [.. Enumerable.Range(0, replicas).Select(i => Regions[i % regions])];
        _taken = new double[replicas];
    }

    /// <param name="microsPerDelivery">CPU time of Redis for a rollback's message to one replica.</param>
    /// <param name="bytesPerDelivery">Its size on the wire.</param>
    /// <param name="bytesPerReplica">One replica's part of a beat's answer.</param>
    public static int Run(double microsPerDelivery, double bytesPerDelivery, double bytesPerReplica)
    {
        Console.WriteLine(
            "design                       replicas  regions  beats/s  Redis busy       out    answer p50 / p99   over 0.8 s   "
            + "evidence's age   others at 0, p99   without message");
        (string, double, bool)[] designs =
        [
            ("as it is", 250, false), ("sums instead of lists", 250, true), ("sums, a beat a second", 1000, true),
        ];
        var delivery = (microsPerDelivery, bytesPerDelivery);
        foreach (var (name, rest, sums) in designs)
        {
            foreach (var replicas in (int[])[10, 100, 1000])
            {
                foreach (var regions in (int[])[1, 3])
                {
                    var simulation = new FleetSimulation(replicas, regions, rest, sums, delivery, bytesPerReplica);
                    Console.WriteLine(simulation.Measure(name, regions));
                }
            }
        }

        return 0;
    }

    private string Measure(string name, int regions)
    {
        for (var i = 0; i < _way.Length; i++)
        {
            var replica = i;
            _events.Enqueue(now => Ask(now, replica), _random.NextDouble() * _rest);
        }

        for (var at = 2e6; at < End - 3e6; at += 3e6)
        {
            _events.Enqueue(LowerAt, at + _random.NextDouble() * 1e5);
        }

        while (_events.TryDequeue(out var happen, out var now) && now < End)
        {
            happen(now);
        }

        var late = _answers.Count(answer => answer > Deadline) / (double)_answers.Count;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-28} {_way.Length,8} {regions,8} {_answers.Count / (End / 1e6),8:F0} "
            + $"{_worked / End,11:P0} {_bytes / End,6:F1} MB/s "
            + $"{At(_answers, 0.5),6:F1} / {At(_answers, 0.99),6:F1} ms {late,10:P0} "
            + $"{At(_ages, 0.5),13:F0} ms {At(_spread, 0.99),15:F0} ms {At(_spreadByBeat, 0.99),14:F0} ms");
    }

    /// <summary>A beat leaves with the sums of this instant.</summary>
    private void Ask(double now, int replica) => _events.Enqueue(then => Serve(then, replica, now), now + _way[replica]);

    private void Serve(double now, int replica, double asked)
    {
        var listed = _sums ? 1 : _way.Length;
        var done = Work(now, BeatMicros + MicrosPerReplica * listed, _bytesPerReplica * listed);
        _takenSum += asked - _taken[replica];
        _taken[replica] = asked;
        var (taken, lowered) = (_takenSum / _way.Length, _lowered);
        _events.Enqueue(
            then =>
            {
                _answers.Add(then - asked);
                if (then > 2e6)
                {
                    _ages.Add(then - taken);
                }

                if (lowered is { } since && since == _lowered)
                {
                    _spreadByBeat.Add(then - since);
                    _lowered = --_unaware <= 0 ? null : _lowered;
                }

                _events.Enqueue(next => Ask(next, replica), then + _rest);
            },
            done + _way[replica]);
    }

    /// <summary>One replica rolls back: Redis passes its message on, and whoever lost it hears with the next beat.</summary>
    private void LowerAt(double now)
    {
        var by = _random.Next(_way.Length);
        _events.Enqueue(
            then =>
            {
                var done = Work(then, BeatMicros + _microsPerDelivery * _way.Length, _bytesPerDelivery * _way.Length);
                _spread.AddRange(_way.Select(way => done + way - now));
                (_lowered, _unaware) = (now, _way.Length);
            },
            now + _way[by]);
    }

    /// <summary>One after the other; what goes out waits for the link.</summary>
    private double Work(double now, double micros, double bytes)
    {
        _busyUntil = Math.Max(_busyUntil, now) + Math.Max(micros, bytes / BytesPerMicro);
        _worked += micros;
        _bytes += bytes;
        return _busyUntil;
    }

    private static double At(List<double> micros, double share) =>
        micros.Count == 0 ? double.NaN : micros.Order().ElementAt((int)(micros.Count * share)) / 1000;
}
