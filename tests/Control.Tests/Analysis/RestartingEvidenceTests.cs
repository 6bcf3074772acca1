using System.Globalization;
using CsCheck;
using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class RestartingEvidenceTests
{
    [Fact]
    public void Sequences_meet_the_reference()
    {
        foreach (var record in Vectors.Of("edetector_sequences"))
        {
            var evidence = new RestartingEvidence(Grid.For(record.Number("p0")), record.Number("w0"), record.Number("gamma"));
            foreach (var step in record.GetProperty("steps").EnumerateArray())
            {
                Apply(evidence, step.GetProperty("op").GetString()!);
                Vectors.AssertClose(step.Number("M"), evidence.LevelAfter(0), step);
                Vectors.AssertClose(step.Numbers("R"), evidence.Mass, step);
            }
        }
    }

    [Fact]
    public void Good_responses_count_the_same_in_one_lump_or_in_many() =>
        Gen.Select(Gen.Int[1, 50_000], Gen.Int[1, 50_000], Gen.Double[1e-5, 0.5]).Sample((first, second, p0) =>
        {
            var lump = new RestartingEvidence(Grid.For(p0), startMass: 2, restart: 1e-3);
            var parts = new RestartingEvidence(Grid.For(p0), startMass: 2, restart: 1e-3);
            parts.Add(first, mass: 0);
            Vectors.AssertClose(lump.LevelAfter((long)first + second), parts.LevelAfter(second), (first, second, p0));
        });

    [Fact]
    public void Without_restarts_it_is_the_evidence_of_the_counts() =>
        Gen.Select(Gen.Int[0, 400].Array[1, 12], Gen.Double[1e-3, 0.3]).Sample((runs, p0) =>
        {
            var grid = Grid.For(p0);
            var evidence = new RestartingEvidence(grid, startMass: 2, restart: 0);
            var level = 0d;
            foreach (var good in runs)
            {
                level = evidence.Bad(good);
            }

            var expected = Math.Log(2) + Evidence.LogFromCounts(grid, runs.Sum() + runs.Length, runs.Length);
            Assert.True(level > 1e7 || Math.Abs(Math.Log(level) - expected) < 1e-9);
        });

    private static void Apply(RestartingEvidence evidence, string op)
    {
        if (op == "F")
        {
            evidence.Bad(0);
        }
        else if (op.StartsWith('R'))
        {
            evidence.Add(0, double.Parse(op.AsSpan(1), CultureInfo.InvariantCulture));
        }
        else
        {
            evidence.Add(long.Parse(op, CultureInfo.InvariantCulture), mass: 0);
        }
    }
}
