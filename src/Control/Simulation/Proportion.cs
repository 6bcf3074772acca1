using Snapback.Control.Analysis;

namespace Snapback.Control.Simulation;

/// <summary>A share that was counted, with the exact interval of Clopper &amp; Pearson 1934: it holds for every true share, none included.</summary>
/// <param name="Count">How often it happened.</param>
/// <param name="Of">Out of so many, above 0.</param>
public sealed record Proportion(int Count, int Of)
{
    private const double Tail = 0.025;

    // Halvings of [0, 1]: far finer than anybody reads.
    private const int Halvings = 60;

    public double Share => (double)Count / Of;

    /// <summary>Lower end of the 95 % interval.</summary>
    public double Low { get; } = Count == 0 ? 0 : Where(p => Binomial.AtLeast(Count, Of, p) < Tail);

    /// <summary>Upper end of the 95 % interval.</summary>
    public double High { get; } = Count == Of ? 1 : Where(p => 1 - Binomial.AtLeast(Count + 1, Of, p) > Tail);

    private static double Where(Func<double, bool> isBelow)
    {
        var (low, high) = (0d, 1d);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = isBelow(middle) ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }
}
