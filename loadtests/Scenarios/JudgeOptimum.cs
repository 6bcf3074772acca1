namespace Snapback.LoadTests.Scenarios;

/// <summary>
/// What no rule can beat from the start of a step: the likelihood-ratio test that is told the canary's failure rate (Wald's
/// SPRT, one-sided), with the lowest threshold whose probability of ever firing at the budget is α or less.
/// </summary>
internal static class JudgeOptimum
{
    // The probability is a step function of the threshold; 30 halvings of at most 12 nats find the step to 1e-8.
    private const int Halvings = 30;

    // Mass still undecided when the recursion stops, against means of 1 and more and an α of 1e-5.
    private const double Undecided = 1e-11;

    private const double Negligible = 1e-22;

    /// <summary>Wald's bound on the mean: ln(1/α)/KL.</summary>
    public static double Wald(double p0, double p1, double alpha) => -Math.Log(alpha) / Divergence(p1, p0);

    /// <summary>KL(p‖q) of two failure rates.</summary>
    public static double Divergence(double p, double q) =>
        p * Math.Log(p / q) + (p < 1 ? (1 - p) * Math.Log((1 - p) / (1 - q)) : 0);

    /// <summary>Mean requests to detect, exact.</summary>
    public static double MeanRequests(double p0, double p1, double alpha)
    {
        // Ville: at ln(1/α) the promise is kept with something to spare.
        var (breaks, keeps) = (0d, -Math.Log(alpha));
        for (var i = 0; i < Halvings; i++)
        {
            var middle = 0.5 * (breaks + keeps);
            (breaks, keeps) = Walk(p0, p1, middle).FalseProbability <= alpha ? (breaks, middle) : (middle, keeps);
        }

        return Walk(p0, p1, keeps).MeanRequests;
    }

    // The ratio depends on the counts only, so the number of failures is the whole state. The walk is under p1, where it ends;
    // what it would do under p0 is each path's probability divided by the ratio it fired at.
    private static (double MeanRequests, double FalseProbability) Walk(double p0, double p1, double threshold)
    {
        var (onBad, onGood) = (Math.Log(p1 / p0), Math.Log((1 - p1) / (1 - p0)));
        var alive = new double[64];
        alive[0] = 1;
        var (left, mean, atBudget) = (1d, 0d, 0d);
        var (fires, fewest) = (0, 0);
        for (var n = 1; left > Undecided; n++)
        {
            mean += left;
            while (LogRatio(n, fires) < threshold)
            {
                fires++;
            }

            if (fires >= alive.Length)
            {
                Array.Resize(ref alive, 2 * fires);
            }

            var fired = alive[fires - 1] * p1;
            left -= fired;
            atBudget += fired > 0 ? fired * Math.Exp(-LogRatio(n, fires)) : 0;
            for (var k = Math.Min(fires - 1, n); k >= fewest; k--)
            {
                alive[k] = alive[k] * (1 - p1) + (k > fewest ? alive[k - 1] * p1 : 0);
            }

            while (fewest < fires - 1 && alive[fewest] < Negligible)
            {
                fewest++;
            }
        }

        return (mean, atBudget);

        // A rate of 100 % is refuted for good by one good response, and 0·∞ is no number.
        double LogRatio(int n, int bad) => bad * onBad + (n > bad ? (n - bad) * onGood : 0);
    }
}
