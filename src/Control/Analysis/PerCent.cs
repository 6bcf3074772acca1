using System.Globalization;

namespace Snapback.Control.Analysis;

/// <summary>A share as people read it.</summary>
public static class PerCent
{
    /// <summary>Two decimals, and more where two would round some to none or to all: one failure of 100,000 is no success rate of 100%.</summary>
    public static string Of(double percent)
    {
        var format = Math.Min(percent, 100 - percent) switch
        {
            >= 0.01 => "0.##",
            >= 0.0001 => "0.####",
            _ => "0.######",
        };
        return percent.ToString(format, CultureInfo.InvariantCulture) + "%";
    }
}
