namespace Snapback.Control.Analysis;

/// <summary>A run of responses that begins and ends with a bad one; all zero where there was none.</summary>
/// <param name="Responses">n: how many responses it spans.</param>
/// <param name="Failures">k: how many of them were bad, at most 64.</param>
/// <param name="FirstBadAt">When its first bad response came, on the caller's monotonic clock.</param>
public readonly record struct Stretch(long Responses, long Failures, TimeSpan FirstBadAt)
{
    /// <summary>
    /// The stretch that speaks loudest against the budget: the maximum-likelihood starting point of the change, as in
    /// Page 1954, among the given failures. Of equals the shortest; all of them where none says enough by itself: the evidence of a slow leak
    /// came from further back, and the newest failure alone, which says more than any long stretch of one, explains nothing.
    /// </summary>
    /// <param name="fewest">Failures that it has, if there are so many.</param>
    /// <param name="enough">ln E.</param>
    internal static Stretch MostTelling<T>(
        T alternatives, ReadOnlySpan<Failure> newestFirst, int fewest = 1, double enough = double.NegativeInfinity)
        where T : IAlternatives
    {
        var (best, all) = (default(Stretch), default(Stretch));
        var most = double.NegativeInfinity;
        for (var i = Math.Min(fewest, newestFirst.Length) - 1; i >= 0 && i < newestFirst.Length; i++)
        {
            all = new Stretch(newestFirst[0].Number - newestFirst[i].Number + 1, i + 1, newestFirst[i].At);
            var evidence = alternatives.LogEvidence(all.Responses, all.Failures);
            (best, most) = evidence > most ? (all, evidence) : (best, most);
        }

        return most >= enough ? best : all;
    }
}
