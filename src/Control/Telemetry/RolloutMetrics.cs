using Prometheus;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Telemetry;

/// <summary>
/// The Prometheus metrics. Everything is counted once, in the product's own cells, and copied when somebody scrapes: a shared
/// labelled child costs more per request than picking and judging together.
/// </summary>
public sealed partial class RolloutMetrics
{
    private static readonly double[] DurationBounds =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 10, 30];

    private static readonly RolloutPhase[] Phases = Enum.GetValues<RolloutPhase>();

    private readonly RolloutBoard _board;
    private readonly RolloutSwitches _switches;
    private readonly Func<bool> _storeIsUp;
    private readonly Counter _requests;
    private readonly Histogram _durations;
    private readonly Gauge _weight;
    private readonly Gauge _phase;
    private readonly Gauge _generation;
    private readonly Gauge _inFlight;
    private readonly Gauge _evidence;
    private readonly Gauge _burn;
    private readonly Gauge _switch;
    private readonly Gauge _storeUp;
    private readonly Gauge _replicas;
    private readonly Counter _rollbacks;
    private readonly Counter _victims;
    private readonly Counter _missed;
    private readonly Counter _drills;
    private readonly Gauge _drilled;
    private readonly Counter _shielded;
    private readonly Counter _hedged;
    private readonly Counter _copies;
    private readonly Counter _cut;
    private readonly Histogram _decision;
    private readonly Dictionary<string, Seen?> _seen = new(StringComparer.Ordinal);
    private readonly LatencyBucket[] _buckets = new LatencyBucket[LatencyHistogram.MaxBuckets];

    public RolloutMetrics(RolloutBoard board, RolloutSwitches switches, Func<bool> storeIsUp)
    {
        _board = board;
        _switches = switches;
        _storeIsUp = storeIsUp;
        var make = Metrics.WithCustomRegistry(Registry);
        _requests = make.CreateCounter("http_requests_total", "Responses by arm, status and method.", "rollout", "arm", "code", "status", "method");
        _durations = make.CreateHistogram(
            "http_request_duration_seconds",
            "Arm picked to response ended.",
            ["rollout", "arm"],
            new HistogramConfiguration { Buckets = DurationBounds });
        _weight = make.CreateGauge("snapback_weight_ratio", "The canary's share of the requests, 0 to 1.", "rollout");
        _phase = make.CreateGauge("snapback_phase", "1 for the phase the rollout is in.", "rollout", "phase");
        _generation = make.CreateGauge("snapback_generation", "Attempts so far.", "rollout");
        _inFlight = make.CreateGauge("snapback_in_flight", "Requests picked and not ended, also by generations that have ended.", "rollout", "arm");
        _evidence = make.CreateGauge("snapback_evidence", "How far to a rollback, 0 to 1.", "rollout", "objective");
        _burn = make.CreateGauge("snapback_burn_rate", "Times as fast as the error budget allows, over a window.", "rollout", "arm", "window");
        _switch = make.CreateGauge("snapback_switch", "1 while the switch is on.", "switch");
        _storeUp = make.CreateGauge("snapback_store_up", "1 while the store takes reads and commits.");
        _replicas = make.CreateGauge(
            "snapback_replicas",
            "Replicas that gave a sign of life to this one within three seconds, itself included.",
            "rollout");
        Spread = make.CreateHistogram(
            "snapback_rollback_spread_seconds",
            "A rollback decided here until the last live replica was at 0.",
            new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.0005, 2, 14) });
        Unshared = make.CreateGauge("snapback_rollbacks_unshared", "Changes made in memory that the store does not have yet.");
        _rollbacks = make.CreateCounter("snapback_rollbacks_total", "Rollbacks since the process began.", "rollout", "trigger", "authority");
        _victims = make.CreateCounter(
            "snapback_rollback_victims_total",
            "Users who got a failed canary response in a generation that was rolled back.",
            "rollout");
        _shielded = make.CreateCounter("snapback_shielded_total", "Canary requests that stable answered instead.", "rollout");
        _hedged = make.CreateCounter("snapback_hedged_total", "Slow canary requests that stable, asked beside it, answered first.", "rollout");
        _copies = make.CreateCounter(
            "snapback_shadow_requests_total",
            "Requests that were to be copied to a canary without users, by what became of the copy.",
            "rollout",
            "outcome");
        _cut = make.CreateCounter(
            "snapback_cut_requests_total",
            "Canary requests that were ended because they outlived a rollback's drain time.",
            "rollout");
        _drills = make.CreateCounter("snapback_drills_total", "Rehearsals of the rollback on this replica.", "rollout", "fault", "result");
        _drilled = make.CreateGauge("snapback_drill_passed_timestamp_seconds", "When the last rehearsal on this replica passed.", "rollout");
        _missed = make.CreateCounter("snapback_rollback_deadline_missed_total", "Rollbacks that took longer than their plan's deadline.", "rollout");
        _decision = make.CreateHistogram(
            "snapback_rollback_decision_seconds",
            "Deciding response classified to weight 0.",
            new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(1e-6, 2, 16) });
        Registry.AddBeforeCollectCallback(Collect);
    }

    public CollectorRegistry Registry { get; } = Metrics.NewCustomRegistry();

    /// <summary>Changes made here that the store does not have yet.</summary>
    public Gauge Unshared { get; }

    /// <summary>How long rollbacks decided here took to reach the other replicas.</summary>
    public Histogram Spread { get; }

    /// <summary>As the last beat of a rollout tells; one that was deleted may still have one on the way.</summary>
    public void Replicas(string rollout, int live)
    {
        if (_board.TryGet(rollout, out _))
        {
            _replicas.WithLabels(rollout).Set(live);
        }
    }

    public void RolledBack(RolloutStatus status, Rollback record)
    {
        lock (_seen)
        {
            // It may be deleted before the next scrape.
            _seen.TryAdd(status.Name, null);
        }

        Rollbacks(status.Name, record.Trigger, record.Authority).Inc();
        _decision.Observe(record.DecisionMicros / 1e6);
    }

    public void Drilled(string rollout, string fault, bool passed)
    {
        _drills.WithLabels(rollout, fault, passed ? "passed" : "failed").Inc();
        if (passed)
        {
            _drilled.WithLabels(rollout).SetToCurrentTimeUtc();
        }
    }

    public void DeadlineMissed(string rollout) => _missed.WithLabels(rollout).Inc();

    /// <summary>Once per rollback, when its late counts are in.</summary>
    public void Settled(RolloutStatus status, Rollback record) => _victims.WithLabels(status.Name).Inc(record.Victims);

    private void Collect()
    {
        lock (_seen)
        {
            _storeUp.Set(_storeIsUp() ? 1 : 0);
            foreach (var one in _switches.All)
            {
                _switch.WithLabels(one.Name).Set(one.IsOn ? 1 : 0);
            }

            foreach (var live in _board.All)
            {
                Collect(live);
            }

            ForgetDeleted();
        }
    }

    private void Collect(LiveRollout live)
    {
        // Whatever the time: no metric shows how long a step has held.
        var at = live.Snapshot(TimeSpan.Zero);
        var (_, status, generation, _, _) = at;
        var name = live.Name;
        // What holds: between a rollback's word and its record the status still has the weight of before.
        _weight.WithLabels(name).Set(at.Weight.BasisPoints / (double)Weight.Whole);
        _generation.WithLabels(name).Set(status.Generation);
        foreach (var phase in Phases)
        {
            _phase.WithLabels(name, phase.ToString()).Set(phase == status.Phase ? 1 : 0);
        }

        var before = _seen.GetValueOrDefault(name);
        if (before?.Generation is { } last && last != generation)
        {
            // Its plan may have had other objectives and windows, whose figures nobody would ever set again.
            Array.ForEach([_evidence, _burn], gauge => Remove(gauge, name));
        }

        foreach (var evidence in ObjectiveEvidence.Of(at))
        {
            _evidence.WithLabels(name, evidence.Name).Set(evidence.Meter);
        }

        foreach (var burn in generation.BurnRates)
        {
            _burn.WithLabels(name, "stable", Durations.Format(burn.Window)).Set(burn.Stable);
            _burn.WithLabels(name, "canary", Durations.Format(burn.Window)).Set(burn.Canary);
        }

        var seen = before?.Live == live ? before : _seen[name] = new Seen(live);
        seen.Generation = generation;

        if (!ReferenceEquals(seen.Plan, live.Plan))
        {
            seen.Plan = live.Plan;
            Begin(seen.Plan);
        }

        _shielded.WithLabels(name).Inc(seen.Since("shielded", live.CanaryTraffic.Shielded));
        _hedged.WithLabels(name).Inc(seen.Since("hedged", live.CanaryTraffic.Hedged));
        _cut.WithLabels(name).Inc(seen.Since("cut", live.CanaryTraffic.WereCut));
        foreach (var which in ShadowCounts.Events)
        {
            _copies.WithLabels(name, which.ToString().ToLowerInvariant()).Inc(seen.Since(which, live.Copies[which]));
        }

        Collect(live, Arm.Stable, "stable", generation, seen);
        Collect(live, Arm.Canary, "canary", generation, seen);
    }

    /// <summary>A counter that is first seen at 1 has not increased: an alert would miss the first rollback.</summary>
    private void Begin(RolloutPlan plan)
    {
        foreach (var (trigger, authority) in RollbackTriggers.Of(plan))
        {
            Rollbacks(plan.Name, trigger, authority);
        }

        _victims.WithLabels(plan.Name);
        _missed.WithLabels(plan.Name);
        // This one; in a fleet, Replicas() says how many more.
        _replicas.WithLabels(plan.Name).IncTo(1);
    }

    private Counter.Child Rollbacks(string rollout, string trigger, Authority authority) =>
        _rollbacks.WithLabels(rollout, trigger, authority.ToString().ToLowerInvariant());

    private void Collect(LiveRollout live, Arm arm, string label, Generation generation, Seen seen)
    {
        _inFlight.WithLabels(live.Name, label).Set(live.InFlight(arm));
        // A series of failures that is not there yet makes "failures by all" no value instead of 0.
        _requests.WithLabels(live.Name, label, "500", "500", "GET");
        live.Traffic(arm).Each((method, status, count) =>
        {
            var code = status.ToString();
            _requests.WithLabels(live.Name, label, code, code, method).Inc(seen.Since((arm, method, status), count));
        });
        var histogram = _durations.WithLabels(live.Name, label);
        foreach (var bucket in _buckets.AsSpan(0, live.Traffic(arm).Duration.CopyTo(_buckets)))
        {
            histogram.Observe(bucket.MidpointMicros / 1e6, seen.Since((arm, bucket.MidpointMicros), bucket.Count));
        }
    }

    private sealed class Seen(LiveRollout live)
    {
        public readonly LiveRollout Live = live;

        /// <summary>Whose evidence is shown.</summary>
        public Generation? Generation;

        /// <summary>Whose triggers are there at 0.</summary>
        public RolloutPlan? Plan;

        private readonly Dictionary<object, long> _told = [];

        /// <summary>What came since the last scrape; a rollout that was made again counts from 0 and goes on where the other ended.</summary>
        public long Since(object series, long count)
        {
            var before = _told.GetValueOrDefault(series);
            _told[series] = count;
            return count - before;
        }
    }
}
