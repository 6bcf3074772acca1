using System.Globalization;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Simulation;

/// <summary>A record put through the judge of production, line by line, as if it happened again.</summary>
public sealed class Replay
{
    // Anything later than this is seconds since 1970, and told as a time of day.
    private const double EarliestEpoch = 1e8;

    private readonly RolloutPlan _plan;
    private readonly JudgeSettings _settings;
    private readonly Judge _judge;
    private readonly TimeSpan? _limit;
    private ArmTally _canary = new(0, 0, 0, 0);
    private ArmTally _stable = new(0, 0, 0, 0);
    private int _line;
    private double _lastWeight;
    private double _nearest;
    private double? _sharedAt;
    private ReplayEnd? _end;

    private Replay(RolloutPlan plan, JudgeSettings settings)
    {
        (_plan, _settings, _judge) = (plan, settings, new Judge(settings));
        _limit = plan.Objectives.FirstOrDefault(objective => objective.Metric == ObjectiveMetric.Latency)?.Limit;
    }

    /// <param name="plan">What it is judged by.</param>
    /// <param name="record">The canary's lines, or both arms'.</param>
    /// <param name="stable">Stable's, if they stand in another file; both need times then.</param>
    /// <param name="settings">Instead of the plan's.</param>
    public static ReplayReport Run(RolloutPlan plan, ResponseRecord record, ResponseRecord? stable = null, JudgeSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(record);
        return new Replay(plan, settings ?? PlanJudge.SettingsFor(plan)).Run(record, stable);
    }

    private ReplayReport Run(ResponseRecord record, ResponseRecord? stable)
    {
        // Stable, so that lines of the same second keep their order.
        (double At, RecordedResponse Response)[] lines =
            [.. Timed(record).Concat(stable is null ? [] : Timed(stable)).OrderBy(line => line.At)];
        var canaries = lines.Count(line => line.Response.IsCanary);

        // Without a line of stable's there is nothing to compare with, as at 100 %.
        var share = lines.Length == 0 ? 1 : (double)canaries / lines.Length;
        var origin = lines.Length == 0 ? 0 : lines[0].At;
        foreach (var (at, response) in lines)
        {
            Take(response, at, origin, response.Weight ?? share);
        }

        return new ReplayReport
        {
            Canary = _canary,
            Stable = _stable,
            Seconds = lines.Length == 0 ? 0 : lines[^1].At - origin,
            Weight = share,
            End = _end is { } end ? end with { LaterFailures = _canary.Failures - end.Failure } : null,
            Nearest = _end is null ? _nearest : 1,
            SharedAt = _sharedAt,
        };
    }

    private void Take(RecordedResponse response, double at, double origin, double weight)
    {
        var now = TimeSpan.FromSeconds(at - origin);
        var slow = response.Milliseconds is { } ms && _limit is { } limit ? ms >= limit.TotalMilliseconds : (bool?)null;
        if (response.IsCanary)
        {
            (_canary, _line) = (_canary.With(response.Outcome, slow == true), response.Line);
        }
        else
        {
            _stable = _stable.With(response.Outcome, slow == true);
        }

        if (_end is not null)
        {
            return;
        }

        Rule(_judge.Tick(now), at, origin, weight);
        if (_end is null && response.IsCanary)
        {
            Canary(response, slow, at, origin, weight, now);
        }
        else if (_end is null)
        {
            Stable(response, slow, weight, now);
        }
    }

    private void Canary(RecordedResponse response, bool? slow, double at, double origin, double weight, TimeSpan now)
    {
        if (weight > _lastWeight)
        {
            if (_lastWeight > 0)
            {
                _judge.RaiseLoad();
            }

            _lastWeight = weight;
        }

        if (response.Outcome == Outcome.Success)
        {
            _judge.CanaryGood();
        }
        else if (response.Outcome == Outcome.Failure)
        {
            Rule(_judge.CanaryFailed(now, weight), at, origin, weight);
        }

        var isWarm = _canary.All > (_plan.Judge.WarmUp ?? 0);
        if (_end is null && slow == true && isWarm)
        {
            Rule(_judge.CanarySlow(now, weight), at, origin, weight);
        }
        else if (slow == false && isWarm && response.Outcome == Outcome.Success)
        {
            _judge.CanaryFast();
        }

        if (_end is null && isWarm && response is { Outcome: Outcome.Success, Milliseconds: { } ms })
        {
            Rule(_judge.CanaryLatency(TimeSpan.FromMilliseconds(ms), now, weight), at, origin, weight);
        }

        if (response.Outcome == Outcome.Failure || slow == true)
        {
            _nearest = Math.Max(_nearest, _judge.Meter);
        }
    }

    private void Stable(RecordedResponse response, bool? slow, double weight, TimeSpan now)
    {
        if (response.Outcome == Outcome.Success)
        {
            _judge.StableGood();
        }
        else if (response.Outcome == Outcome.Failure)
        {
            _judge.StableFailed(now, weight);
        }

        if (slow == true)
        {
            _judge.StableSlow(now, weight);
        }
        else if (slow == false && response.Outcome == Outcome.Success)
        {
            _judge.StableFast();
        }

        if (response is { Outcome: Outcome.Success, Milliseconds: { } ms })
        {
            _judge.StableLatency(TimeSpan.FromMilliseconds(ms), weight);
        }
    }

    private void Rule(Ruling ruling, double at, double origin, double weight)
    {
        if (ruling.Cause == Cause.Shared)
        {
            _sharedAt ??= at - origin;
        }

        if (ruling.EndsCanary)
        {
            var since = ruling.Stretch.FirstBadAt.TotalSeconds + origin;
            var told = new Case(
                _plan.Canary, Text($"{weight * 100:0.##}%"), weight, origin > EarliestEpoch
                    ? DateTimeOffset.FromUnixTimeMilliseconds((long)(since * 1000)).ToString("HH:mm:ss", CultureInfo.InvariantCulture)
                    : Text($"{since:0.###} s"),
                _settings, ruling, _limit ?? TimeSpan.Zero);
            _end = new ReplayEnd(
                ruling, _line, at - origin, _canary.Responses, _canary.Failures, _canary.Slow, 0, Explanation.Of(told));
        }
    }

    // A line without a time happened when the one before it did.
    private static IEnumerable<(double At, RecordedResponse Response)> Timed(ResponseRecord record)
    {
        var last = record.Responses.Select(response => response.At).FirstOrDefault(at => at is not null) ?? 0;
        foreach (var response in record.Responses)
        {
            last = response.At ?? last;
            yield return (last, response);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
