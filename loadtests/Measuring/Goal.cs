namespace Snapback.LoadTests.Measuring;

/// <summary>What a figure is to be at most.</summary>
internal sealed record Goal(string Name, double AtMost, double Measured)
{
    public string Verdict => Measured <= AtMost ? "met" : "missed";
}
