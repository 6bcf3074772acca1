namespace Snapback.LoadTests.Measuring;

/// <summary>How a scenario is to run.</summary>
/// <param name="Short">The cells that matter most, for fewer seconds: two minutes instead of ten.</param>
/// <param name="Save">Its ratios become the baseline.</param>
internal sealed record Run(bool Short, bool Json, bool Save, int Rounds)
{
    public TimeSpan Burst => TimeSpan.FromSeconds(Short ? 1 : 2);
}
