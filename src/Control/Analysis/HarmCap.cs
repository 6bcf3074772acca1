namespace Snapback.Control.Analysis;

/// <summary>
/// The most failures a canary may cause beyond its allowance, whatever the statistics say: it ends the slow leaks just above
/// the budget, where no test is quick. No probability in it, hence none to argue about.
/// </summary>
/// <param name="Budget">p0: allowed share of bad responses, in (0, 1).</param>
/// <param name="Most">C: failures beyond p0·n, above 0; 50 by default. A canary exactly at 0.5 % gets there within 100,000
/// responses in 2.5 % of cases.</param>
public readonly record struct HarmCap(double Budget, double Most)
{
    /// <summary>k - p0·n: negative while the canary is better than it must be.</summary>
    public double Overdraft(long responses, long failures) => failures - Budget * responses;

    public bool IsReached(long responses, long failures) => Overdraft(responses, failures) >= Most;
}
