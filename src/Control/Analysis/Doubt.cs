namespace Snapback.Control.Analysis;

/// <summary>
/// What is left open by a provisional ruling: for some seconds it is watched whether stable breaks the same budget, badly enough to
/// explain what the canary did. Not thread-safe; reads the judge under the judge's lock.
/// </summary>
public sealed class Doubt
{
    /// <summary>As for the attribution gate: a stable at 2 % does not explain a canary that failed two of two.</summary>
    private const double Explains = 0.05;

    private readonly Func<StableCounts?> _stableSince;
    private readonly Stretch _stretch;
    private readonly TimeSpan _began;
    private readonly TimeSpan _grace;

    /// <param name="stableSince">Stable's counts since the ruling by the same measure; null while it keeps its budget.</param>
    internal Doubt(Func<StableCounts?> stableSince, Stretch stretch, TimeSpan now, TimeSpan grace)
    {
        _stableSince = stableSince;
        _stretch = stretch;
        _began = now;
        _grace = grace;
    }

    /// <summary>Stable has followed: the fault was common to both arms.</summary>
    public bool Exonerates(TimeSpan now) =>
        !IsOver(now)
        && _stableSince() is { Responses: > 0 } stable
        && Binomial.AtLeast(_stretch.Failures, _stretch.Responses, (double)stable.Failures / stable.Responses) >= Explains;

    /// <summary>Nobody is waited for any more.</summary>
    public bool IsOver(TimeSpan now) => Elapsed.Between(_began, now) >= _grace;
}
