using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>What holds for every sequence of responses, not only for the ones somebody thought of.</summary>
public sealed class DetectorPropertyTests
{
    private static readonly Gen<DetectorSettings> AnySettings =
        from exponent in Gen.Double[-9, -1e-6]
        from alpha in Gen.OneOf(0.5, 1e-2, 1e-3, 1e-5, 1e-7)
        from mass in Gen.OneOf(1e-9, 1, 2.6, 1e6)
        from restart in Gen.OneOf(0, 1e-6, 1e-3, 0.1)
        from minFailures in Gen.Int[1, 4]
        select new DetectorSettings(Math.Pow(10, exponent), alpha, mass, restart, minFailures);

    // -1 raises the load, 0 is a bad response, anything else that many good ones.
    private static readonly Gen<int[]> AnySequence = Gen.OneOf<int>(
        Gen.Const(0), Gen.Const(0), Gen.Const(-1), Gen.Int[1, 50], Gen.Int[1, int.MaxValue]).Array[0, 200];

    [Fact]
    public void Evidence_is_finite_and_the_meter_within_its_scale_after_any_sequence() =>
        Gen.Select(AnySettings, AnySequence).Sample((settings, sequence) =>
        {
            var detector = new Detector(settings);
            foreach (var op in sequence)
            {
                Apply(detector, op);
                Assert.True(double.IsFinite(detector.Level) && detector.Level >= 0);
                Assert.InRange(detector.Meter, 0, 1);
            }
        });

    [Fact]
    public void A_bad_response_never_lowers_the_evidence() =>
        Gen.Select(AnySettings, AnySequence).Sample((settings, sequence) =>
        {
            var detector = new Detector(settings);
            Array.ForEach(sequence, op => Apply(detector, op));
            var before = detector.Level;
            detector.Bad(TimeSpan.Zero);
            Assert.True(detector.Level >= before);
        });

    [Fact]
    public void Had_one_good_response_been_bad_the_evidence_would_be_no_less() =>
        Gen.Select(AnySettings, Gen.Bool.Array[1, 100], Gen.Int[0, 99]).Sample((settings, wasBad, at) =>
        {
            var (asItWas, worse) = (new Detector(settings), new Detector(settings));
            for (var i = 0; i < wasBad.Length; i++)
            {
                Apply(asItWas, wasBad[i] ? 0 : 1);
                Apply(worse, wasBad[i] || i == at % wasBad.Length ? 0 : 1);
            }

            Assert.True(worse.Level >= asItWas.Level * (1 - 1e-9));
        });

    [Fact]
    public void The_order_of_good_counts_between_two_failures_does_not_matter() =>
        Gen.Select(AnySettings, Gen.Int[1, 10_000].Array[1, 10], Gen.Int[0, 9]).Sample((settings, counts, turn) =>
        {
            var (straight, turned) = (new Detector(settings), new Detector(settings));
            straight.Bad(TimeSpan.Zero);
            turned.Bad(TimeSpan.Zero);
            for (var i = 0; i < counts.Length; i++)
            {
                straight.Good(counts[i]);
                turned.Good(counts[(i + turn) % counts.Length]);
                Assert.True(turned.Level >= 0);
            }

            Assert.Equal(straight.Bad(TimeSpan.Zero), turned.Bad(TimeSpan.Zero));
            Assert.Equal(straight.Level, turned.Level);
        });

    [Fact]
    public void Without_restarts_it_fires_as_the_table_says() =>
        Gen.Select(Gen.OneOf(0.001, 0.005, 0.05), Gen.OneOf(1e-2, 1e-3), Gen.Int[0, 60].Array[20]).Sample((p0, alpha, runs) =>
        {
            var settings = DetectorSettings.For(p0, alpha) with { Restart = 0 };
            var logThreshold = -Math.Log(alpha) - Math.Log(settings.StartMass);
            var table = Evidence.FiringTable(Grid.For(p0), logThreshold, runs.Length, settings.MinFailures);
            var detector = new Detector(settings);
            for (var k = 1; k <= runs.Length && detector.Level < 1e7; k++)
            {
                if (runs[k - 1] > 0)
                {
                    detector.Good(runs[k - 1]);
                }

                Assert.Equal(detector.Responses + 1 <= table[k], detector.Bad(TimeSpan.Zero));
            }
        });

    private static void Apply(Detector detector, int op)
    {
        switch (op)
        {
            case -1: detector.RaiseLoad(); break;
            case 0: detector.Bad(TimeSpan.Zero); break;
            default: detector.Good(op); break;
        }
    }
}
