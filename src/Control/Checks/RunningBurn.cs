using System.Collections.Immutable;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Checks;

/// <summary>The error budget of one generation, and the rules that have fired.</summary>
internal sealed class RunningBurn(BurnRate terms)
{
    private readonly BurnWatch _watch = new(terms);
    private readonly Dictionary<BurnRule, bool> _told = [];

    public ImmutableArray<BurnFigure> Figures => _watch.Figures;

    /// <summary>The rules that began to fire now, or have another culprit than before; one that goes on is told once.</summary>
    public IEnumerable<(BurnRule Rule, BurnAlarm Alarm)> Look(Generation generation, TimeSpan now)
    {
        _watch.Add(
            now,
            new BurnCounts(generation.Stable.Failures, generation.Stable.Responses),
            new BurnCounts(generation.CanaryFailures, generation.CanaryResponses));
        foreach (var rule in terms.Rules)
        {
            if (_watch.Fires(rule) is not { } alarm)
            {
                _told.Remove(rule);
            }
            else if (!_told.TryGetValue(rule, out var wasShared) || wasShared != alarm.IsShared)
            {
                _told[rule] = alarm.IsShared;
                yield return (rule, alarm);
            }
        }
    }
}
