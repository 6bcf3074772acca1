using System.Text;
using Snapback.Control.Telemetry;

namespace Snapback.Control.Tests.Sharing;

internal static class Scrape
{
    /// <summary>What Prometheus would read.</summary>
    public static async Task<string> OfAsync(RolloutMetrics metrics)
    {
        using var stream = new MemoryStream();
        await metrics.Registry.CollectAndExportAsTextAsync(stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
