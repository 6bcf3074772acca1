using Snapback.Control.Analysis;

namespace Snapback.LoadTests.Scenarios;

/// <summary>How often a canary within its budget is rolled back in 100,000 responses, looked at after each of them.</summary>
internal static class JudgeFalseRollbacks
{
    public const int Responses = 100_000;

    // The rarer, the more runs; a healthy canary's also cost the least, since only bad responses do.
    private static readonly (double OfBudget, int RunsFactor)[] Canaries = [(0.2, 5), (0.5, 2), (1, 1)];

    public static List<Row> Measure(int runs) =>
    [
        .. from canary in Canaries
           from alpha in (double[])[1e-2, JudgeDetection.Balanced, 1e-5]
           select Measure(alpha, canary.OfBudget, runs * canary.RunsFactor),
    ];

    private static Row Measure(double alpha, double ofBudget, int runs)
    {
        var settings = DetectorSettings.For(JudgeDetection.Budget, alpha);
        var rate = ofBudget * JudgeDetection.Budget;
        var fired = JudgeDice.Throw(runs, dice => JudgeDetection.Fires(new Detector(settings), Responses, rate, dice));
        return Row.Of(alpha, ofBudget, fired.Count(yes => yes), runs);
    }

    /// <param name="OfBudget">The canary's rate as a share of its budget.</param>
    /// <param name="From">Lower end of the 95 % interval.</param>
    internal sealed record Row(double Alpha, double OfBudget, int Fired, int Runs, double From, double To)
    {
        private const double Z = 1.96;

        public double Share => (double)Fired / Runs;

        // Wilson's interval, because the usual one is [0, 0] where nothing fired.
        public static Row Of(double alpha, double ofBudget, int fired, int runs)
        {
            var share = (double)fired / runs;
            var middle = (share + Z * Z / (2 * runs)) / (1 + Z * Z / runs);
            var half = Z / (1 + Z * Z / runs) * Math.Sqrt(share * (1 - share) / runs + Z * Z / (4d * runs * runs));
            return new Row(alpha, ofBudget, fired, runs, fired == 0 ? 0 : middle - half, middle + half);
        }
    }
}
