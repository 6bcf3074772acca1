namespace Snapback.Control.Simulation;

/// <summary>
/// How long an answer takes: log-normal, as most services look, with a small share of answers that meet a lock, a cold cache or
/// a collection and take ten times as long.
/// </summary>
/// <param name="P50">Median of the usual answers, in seconds, above 0.</param>
/// <param name="P95">Their p95, at least <paramref name="P50"/>; equal makes every usual answer take the same.</param>
/// <param name="SlowShare">Share of the slow ones, in [0, 1).</param>
public sealed record LatencyModel(double P50, double P95, double SlowShare)
{
    /// <summary>How many times as long the slow ones take.</summary>
    public const double SlowFactor = 10;

    // The 95 % point of the standard normal.
    private const double Z95 = 1.6448536269514722;

    private double Sigma => Math.Log(P95 / P50) / Z95;

    /// <summary>Seconds.</summary>
    public double Mean => P50 * Math.Exp(Sigma * Sigma / 2) * (1 - SlowShare + SlowShare * SlowFactor);

    public LatencyModel Times(double factor) => this with { P50 = P50 * factor, P95 = P95 * factor };

    /// <summary>P(longer than so many seconds).</summary>
    public double ShareOver(double limit) =>
        (1 - SlowShare) * Tail(limit / P50) + SlowShare * Tail(limit / (P50 * SlowFactor));

    internal double Draw(Dice dice)
    {
        var usual = P50 * (Sigma > 0 ? Math.Exp(Sigma * dice.Normal()) : 1);
        return SlowShare > 0 && dice.Chance(SlowShare) ? usual * SlowFactor : usual;
    }

    private double Tail(double multiple) =>
        Sigma > 0 ? NormalTail(Math.Log(multiple) / Sigma) : multiple < 1 ? 1 : 0;

    // Abramowitz & Stegun 26.2.17, to 7.5e-8: finer than any share of slow answers that anybody knows.
    private static double NormalTail(double z)
    {
        if (z < 0)
        {
            return 1 - NormalTail(-z);
        }

        var t = 1 / (1 + 0.2316419 * z);
        var series = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * series;
    }
}
