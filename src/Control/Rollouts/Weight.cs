using System.Globalization;

namespace Snapback.Control.Rollouts;

/// <summary>The canary's share of the requests, in basis points: 0 (none) to 10 000 (all), 1 = 0.01 %.</summary>
public readonly record struct Weight : IComparable<Weight>
{
    /// <summary>Basis points of the whole; also the number of draws.</summary>
    public const int Whole = 10_000;

    public static readonly Weight Zero;
    public static readonly Weight Full = new(Whole);

    /// <exception cref="ArgumentOutOfRangeException">Below 0 or above 10 000.</exception>
    public Weight(int basisPoints)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(basisPoints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(basisPoints, Whole);
        BasisPoints = basisPoints;
    }

    public int BasisPoints { get; }

    /// <summary>0 to 100, with two decimals.</summary>
    public decimal Percent => BasisPoints / 100m;

    /// <summary>The weight of a percentage, if it is one: 0 to 100 in steps of 0.01.</summary>
    public static bool TryFromPercent(decimal percent, out Weight weight)
    {
        weight = default;
        if (percent is < 0 or > 100 || decimal.Truncate(percent * 100) != percent * 100)
        {
            return false;
        }

        weight = new Weight((int)(percent * 100));
        return true;
    }

    public int CompareTo(Weight other) => BasisPoints.CompareTo(other.BasisPoints);

    public override string ToString() => Percent.ToString("0.##", CultureInfo.InvariantCulture) + "%";

    public static bool operator <(Weight left, Weight right) => left.BasisPoints < right.BasisPoints;
    public static bool operator >(Weight left, Weight right) => left.BasisPoints > right.BasisPoints;
    public static bool operator <=(Weight left, Weight right) => left.BasisPoints <= right.BasisPoints;
    public static bool operator >=(Weight left, Weight right) => left.BasisPoints >= right.BasisPoints;
}
