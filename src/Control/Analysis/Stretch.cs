namespace Snapback.Control.Analysis;

/// <summary>A run of responses that begins and ends with a bad one; all zero where there was none.</summary>
/// <param name="Responses">n: how many responses it spans.</param>
/// <param name="Failures">k: how many of them were bad, at most 64.</param>
/// <param name="FirstBadAt">When its first bad response came, on the caller's monotonic clock.</param>
public readonly record struct Stretch(long Responses, long Failures, TimeSpan FirstBadAt)
{
    /// <summary>
    /// The stretch that speaks loudest against the budget: the maximum-likelihood starting point of the change, as in
    /// Page 1954, among the given failures. Of equals the shortest.
    /// </summary>
    internal static Stretch MostTelling<T>(T alternatives, ReadOnlySpan<Failure> newestFirst)
        where T : IAlternatives
    {
        var best = default(Stretch);
        var most = double.NegativeInfinity;
        for (var i = 0; i < newestFirst.Length; i++)
        {
            var candidate = new Stretch(newestFirst[0].Number - newestFirst[i].Number + 1, i + 1, newestFirst[i].At);
            var evidence = alternatives.LogEvidence(candidate.Responses, candidate.Failures);
            (best, most) = evidence > most ? (candidate, evidence) : (best, most);
        }

        return best;
    }
}
