namespace Snapback.Control.Analysis;

/// <summary>Bad responses per arm among the requests that the proxy's coin assigned: its draw by the weight alone, and nobody's choice.</summary>
public readonly record struct CoinCounts(long Canary, long Stable)
{
    public static CoinCounts operator -(CoinCounts later, CoinCounts earlier) => Subtract(later, earlier);

    public static CoinCounts Subtract(CoinCounts later, CoinCounts earlier) =>
        new(later.Canary - earlier.Canary, later.Stable - earlier.Stable);
}
