namespace Snapback.Control.Analysis;

/// <summary>
/// The exact probability that a canary of a known rate is ever rolled back by a firing table. Counts only rise, so a path
/// that is below the boundary when the boundary moves was below it all along: the walk may leap from one table entry to
/// the next with a binomial step, and its cost does not depend on how many responses that takes.
/// </summary>
internal static class CrossingProbability
{
    // Longer leaps are cut: (1-p)^t must not underflow, and the tail must end within the buffer.
    private const double MeanPerLeap = 8;

    // P(Poisson(8) ≥ 96) < 1e-60.
    private const int LeapTerms = 96;

    // Against error probabilities of 1e-7 and more.
    private const double Negligible = 1e-30;

    /// <summary>P(fire at some k in the table within <paramref name="maxResponses"/>), in [0, 1].</summary>
    /// <param name="table">Non-falling; see <see cref="Evidence.FiringTable"/>.</param>
    /// <param name="p">True share of bad responses, in (0, 1).</param>
    /// <param name="maxResponses">Horizon.</param>
    public static double Of(ReadOnlySpan<long> table, double p, long maxResponses = long.MaxValue)
    {
        var alive = new double[table.Length];
        alive[0] = 1;
        var leap = new Leap();
        var longest = Math.Max(1, (long)(MeanPerLeap / p));
        var (crossed, now) = (0d, 0L);
        for (var k = 1; k < table.Length; k++)
        {
            var end = Math.Min(table[k], maxResponses);
            while (now < end)
            {
                var length = Math.Min(end - now, longest);
                leap.Prepare(length, p);
                crossed += leap.Advance(alive.AsSpan(0, k));
                now += length;
            }
        }

        return crossed;
    }

    /// <summary>A binomial step: bad responses among the next few.</summary>
    private sealed class Leap
    {
        private readonly double[] _exactly = new double[LeapTerms];
        private readonly double[] _more = new double[LeapTerms];
        private int _terms;

        public void Prepare(long length, double p)
        {
            _exactly[0] = Math.Exp(length * Numerics.Log1p(-p));
            for (_terms = 1; _terms < LeapTerms && _terms <= length; _terms++)
            {
                _exactly[_terms] = _exactly[_terms - 1] * (length - _terms + 1) / _terms * p / (1 - p);
                if (_exactly[_terms] < Negligible && _terms > length * p)
                {
                    break;
                }
            }

            var tail = 0d;
            for (var bad = _terms - 1; bad >= 0; bad--)
            {
                _more[bad] = tail;
                tail += _exactly[bad];
            }
        }

        /// <summary>Moves the mass below the boundary in place and returns what went over it.</summary>
        public double Advance(Span<double> alive)
        {
            var crossed = 0d;
            for (var k = Math.Max(0, alive.Length - _terms); k < alive.Length; k++)
            {
                crossed += alive[k] * _more[alive.Length - 1 - k];
            }

            // Downwards, because a count only takes from those below it.
            for (var k = alive.Length - 1; k >= 0; k--)
            {
                var mass = 0d;
                for (var bad = Math.Min(k, _terms - 1); bad >= 0; bad--)
                {
                    mass += alive[k - bad] * _exactly[bad];
                }

                alive[k] = mass;
            }

            return crossed;
        }
    }
}
