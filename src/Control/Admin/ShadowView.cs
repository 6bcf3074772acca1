using Snapback.Control.Rollouts;

namespace Snapback.Control.Admin;

/// <summary>Copies and how their answers differed, as the admin API shows them; of this replica.</summary>
internal static class ShadowView
{
    /// <param name="share">What is copied now.</param>
    public static object Of(Generation generation, Weight share) => new
    {
        share = share.Percent,
        good = generation.Copies[ShadowEvent.Good],
        failed = generation.Copies[ShadowEvent.Failed],
        unjudged = generation.Copies[ShadowEvent.Unjudged],
        dropped = generation.Copies[ShadowEvent.Dropped],
        compared = generation.Differences.Compared,
        different = generation.Differences.Different,
    };

    /// <summary>The report.</summary>
    public static object Of(LiveRollout live)
    {
        var (status, generation) = (live.Status, live.Generation);
        var found = generation.Differences;
        return new
        {
            name = status.Name,
            version = status.Version,
            generation = status.Generation,
            copies = Of(generation, live.Plan.ShadowAt(status)),
            compares = live.Plan.Shadow?.Compare is not null,
            compared = found.Compared,
            different = found.Different,
            differentPercent = Math.Round(found.Share * 100, 2),
            notCompared = found.NotCompared,
            differences = found.Places.Select(place => new { where = place.Where, count = place.Count, samples = place.Samples }),
        };
    }
}
