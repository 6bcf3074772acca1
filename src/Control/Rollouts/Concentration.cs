using System.Globalization;
using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>How many of the canary's failures come from one place.</summary>
/// <param name="Kind">"route", "destination" or "network".</param>
/// <param name="Key">Route id, destination id, or network.</param>
/// <param name="Failures">The canary's failures at this place.</param>
/// <param name="Of">The canary's failures at all places.</param>
/// <param name="RequestShare">The place's share of the canary's requests, 0 to 1.</param>
public sealed record Concentration(string Kind, string Key, long Failures, long Of, double RequestShare)
{
    /// <summary>The highest p-value of a binomial test against <see cref="RequestShare"/>: one place in a thousand looks so by chance.</summary>
    private const double MaxPValue = 1e-3;

    /// <summary>Two failures are too few to say where they come from.</summary>
    private const long Fewest = 3;

    /// <summary>The place's share of the canary's failures, 0 to 1.</summary>
    public double Share => Of == 0 ? 0 : (double)Failures / Of;

    /// <summary>Most failures come from here, and more than this place's share of the requests explains.</summary>
    public bool IsTelling =>
        Failures >= Fewest && Share >= 0.5 && RequestShare < 1 && Binomial.AtLeast(Failures, Of, Math.Max(RequestShare, 1e-6)) <= MaxPValue;

    public string Sentence => string.Create(
        CultureInfo.InvariantCulture,
        $"{Failures} of the {Of} failures ({Share * 100:0.#}%) {Place}, which has {RequestShare * 100:0.#}% of the canary's requests.");

    private string Place => Kind switch
    {
        "route" => $"are on route '{Key}'",
        "destination" => $"come from destination '{Key}'",
        _ => $"were asked for by clients in {Key}",
    };
}
