using System.Globalization;

namespace Snapback.Control.Analysis;

/// <summary>A latency limit as people read it: one way on every screen and in every sentence, so that two places are seen to mean one limit.</summary>
public static class LatencyLimit
{
    public static string Of(TimeSpan limit) => limit.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture) + " ms";
}
