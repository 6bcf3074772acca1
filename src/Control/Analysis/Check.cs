namespace Snapback.Control.Analysis;

/// <summary>Refuses numbers outside a closed range; written so that NaN fails.</summary>
internal static class Check
{
    public static void In(double value, double least, double most, string name)
    {
        if (!(value >= least && value <= most))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be in [{least}, {most}].");
        }
    }
}
