namespace Snapback.Control.Analysis;

/// <summary>Alternatives to "within the limit", weighed by two counts.</summary>
internal interface IAlternatives
{
    /// <summary>ln E(n, k) in nats; see <see cref="Evidence.LogFromCounts"/>.</summary>
    double LogEvidence(long responses, long failures);
}
