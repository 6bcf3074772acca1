using Snapback.Control;

namespace Snapback.Proxy.Commands;

/// <summary>The copies of a shadow step, as the admin API shows them.</summary>
internal record ShadowView
{
    /// <summary>The share of requests that are copied at the moment, in per cent.</summary>
    public decimal Share { get; init; }

    public long Good { get; init; }

    public long Failed { get; init; }

    public long Unjudged { get; init; }

    public long Dropped { get; init; }

    public long Compared { get; init; }

    public long Different { get; init; }

    /// <summary>What became of copies; null if nothing was ever copied and nothing is.</summary>
    public string? Told => Share == 0 && Good + Failed + Unjudged + Dropped == 0 ? null : Counts;

    /// <summary>One line with how many answers differ.</summary>
    public string? Summary => Compared > 0
        ? $"{Told}; {Rendering.Figures.Count(Different)} of {Counted.Of(Compared, "answer")} {(Different == 1 ? "differs" : "differ")}"
        : Told;

    private string Counts
    {
        get
        {
            var share = Share > 0 ? $"{Rendering.Figures.Percent(Share)} of the requests now; " : "";
            return $"{share}{Rendering.Figures.Count(Good)} good, {Rendering.Figures.Count(Failed)} failed, {Rendering.Figures.Count(Dropped)} dropped";
        }
    }
}

/// <summary>The report of a comparison.</summary>
internal sealed record ShadowReportView
{
    public string? Version { get; init; }

    public bool Compares { get; init; }

    public long Compared { get; init; }

    public long Different { get; init; }

    public decimal DifferentPercent { get; init; }

    public long NotCompared { get; init; }

    public ShadowView? Copies { get; init; }

    public IReadOnlyList<DifferenceView> Differences { get; init; } = [];
}

/// <summary>A place in which answers differ.</summary>
internal sealed record DifferenceView
{
    public string? Where { get; init; }

    public long Count { get; init; }

    public IReadOnlyList<DifferenceSampleView> Samples { get; init; } = [];
}

internal sealed record DifferenceSampleView
{
    public string? Method { get; init; }

    public string? Path { get; init; }

    public string? Stable { get; init; }

    public string? Canary { get; init; }
}
