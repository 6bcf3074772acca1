namespace Snapback.Control.Analysis;

/// <summary>
/// One measure (errors, or slow responses) on both arms: whether the canary breaks its budget, since when, and whether that is
/// its own doing. Not thread-safe but for good responses.
/// </summary>
internal sealed class Measure(DetectorSettings? settings, double? doubt, bool fires)
{
    // Of the meter: one failure seldom does more than the other half.
    private const double HalfWay = 0.5;

    // Counted with the attribution switched off too: the counts also belong to the sentence.
    private readonly AttributionGate _gate = new(doubt ?? 1);

    // What was known just before each of the canary's last failures, so that any of them can begin a stretch.
    private readonly Recent<Tally> _before = new();

    private Tally _start;

    // Where the gate begins to count. Where the evidence allows, that is the start and not the stretch that explains the alarm: the stretch was
    // chosen to begin with a failure of the canary's, so the canary's share of its failures is too high.
    private CoinCounts _suspectedSince;
    private TimeSpan _startedAt;
    private TimeSpan _alarmedAt;

    public ArmEvidence Canary { get; } = new(settings);

    public ArmEvidence Stable { get; } = new(settings);

    /// <summary>The canary breaks its budget, as of its last failure.</summary>
    public bool Alarmed { get; private set; }

    /// <summary>And it is its own doing.</summary>
    public bool Blamed { get; private set; }

    /// <summary>Stable has failed nobody since the stretch began that explains the alarm.</summary>
    public bool StableUnharmed => Alarmed && Stable.Failures == _start.StableFailures;

    /// <summary>What was counted on both arms.</summary>
    public (long CanaryGood, long CanaryBad, long StableGood, long StableBad, CoinCounts Coin) Counts =>
        (Canary.Responses - Canary.Failures, Canary.Failures, Stable.Responses - Stable.Failures, Stable.Failures, _gate.Counts);

    /// <summary>One bad response of the canary's. True says: the budget is broken; <see cref="Conclude"/> is to follow.</summary>
    public bool CanaryBad(TimeSpan now, double weight, bool byCoin)
    {
        _before.Add(Now());
        if (byCoin)
        {
            _gate.CanaryFailed(weight);
        }

        return Canary.Bad(now) && fires;
    }

    /// <summary>Stable has failed nobody since any failure of the canary's that an explanation could begin with.</summary>
    public bool HasNoOtherSuspect => Stable.Failures == (Alarmed ? _start : _before.Count > 0 ? _before[_before.Count - 1] : default).StableFailures;

    /// <summary>From the first other replica on, what all of them see of either arm is judged in the order in which it happened.</summary>
    public void Pool(int peers, TimeSpan began)
    {
        Canary.Detector?.Pool(peers, began);
        Stable.Detector?.Pool(peers, began);
    }

    /// <summary>Up to when a replica has told; null where nothing is judged.</summary>
    public TimeSpan? ToldUntil(int replica) => Canary.Detector?.ToldUntil(replica);

    /// <summary>What another replica saw of the canary until then; nothing is concluded from it yet.</summary>
    public void CanaryTold(int replica, long good, TimeSpan until, bool failed, double weight, bool byCoin)
    {
        if (failed)
        {
            _before.Add(Now());
            if (byCoin)
            {
                _gate.CanaryFailed(weight);
            }
        }

        Canary.Told(replica, good, until, failed);
    }

    /// <summary>The same of stable.</summary>
    public void StableTold(int replica, long good, TimeSpan until, bool failed, double weight, bool byCoin)
    {
        if (failed && byCoin)
        {
            _gate.StableFailed(weight);
        }

        Stable.Told(replica, good, until, failed);
    }

    /// <summary>A report is complete. It may suffice without a failure in it: what was estimated until now may have been too good.</summary>
    public void ToldAll(int replica, TimeSpan now, double weight)
    {
        _ = Stable.Detector?.ToldAll(replica, now);
        if (Canary.Detector?.ToldAll(replica, now) is { } suffices)
        {
            Conclude(suffices && fires, now, weight);
        }
    }

    /// <summary>Since when the budget is broken, and whose doing it is.</summary>
    public void Conclude(bool isBroken, TimeSpan now, double weight)
    {
        if (!isBroken)
        {
            if (!HasNoOtherSuspect && Canary.Detector is { Meter: >= HalfWay } detector)
            {
                // Only to warm the caches: the failure that decides needs this before it lowers the weight, and must not wait for cold code.
                _ = detector.Explain();
            }

            (Alarmed, Blamed) = (false, false);
            return;
        }

        if (!Alarmed)
        {
            // Frozen while the alarm lasts: a start chosen anew at each failure would pick the moments that suit the blame.
            var telling = Canary.Detector!.Explain();
            _start = _before[(int)telling.Failures - 1];
            _suspectedSince = Canary.Detector.IsFromStart(telling) ? default : _start.Coin;
            (_startedAt, _alarmedAt, Alarmed) = (telling.FirstBadAt, now, true);
        }

        Blamed = IsCanarysOwn(weight);
    }

    public void StableBad(TimeSpan now, double weight, bool byCoin)
    {
        if (byCoin)
        {
            _gate.StableFailed(weight);
        }

        Stable.Bad(now);
    }

    /// <summary>Good responses may have ended an alarm since the last failure.</summary>
    public void Refresh() => Alarmed = Alarmed && Canary.Alarms;

    /// <summary>The alarm has lasted so long.</summary>
    public bool HasLasted(TimeSpan grace, TimeSpan now)
    {
        // A clock that stepped back starts the grace again rather than making it last for hours.
        _alarmedAt = now < _alarmedAt ? now : _alarmedAt;
        return Elapsed.Between(_alarmedAt, now) >= grace;
    }

    public (Stretch Stretch, StableCounts Stable) SinceStart() => Since(_start, _startedAt);

    /// <summary>Stable's counts since the canary's n-th newest failure; since the 64th if that is longer ago.</summary>
    public StableCounts StableSince(long failures) =>
        _before.Count == 0 ? default : Since(_before[(int)Math.Min(failures, _before.Count) - 1], default).Stable;

    /// <summary>The same, counting only failures of requests that the coin assigned.</summary>
    public StableCounts StableSinceCoin(long failures)
    {
        var age = 0;
        while (age < _before.Count && _gate.Counts.Canary - _before[age].Coin.Canary < failures)
        {
            age++;
        }

        return StableSince(age + 1L);
    }

    private bool IsCanarysOwn(double weight)
    {
        // At 100 % there is no other arm to share with.
        if (doubt is null || weight >= 1)
        {
            return true;
        }

        // Without the coin (testers with a header) the shares mean nothing; stable's own evidence is the next best.
        var since = _gate.Counts - _suspectedSince;
        return since.Canary + since.Stable == 0 ? !Stable.Alarms : _gate.Passes(_suspectedSince);
    }

    private (Stretch Stretch, StableCounts Stable) Since(Tally then, TimeSpan at)
    {
        var now = Now();
        return (
            new Stretch(now.Responses - then.Responses, now.Failures - then.Failures, at),
            new StableCounts(now.StableResponses - then.StableResponses, now.StableFailures - then.StableFailures));
    }

    private Tally Now() => new(Canary.Responses, Canary.Failures, Stable.Responses, Stable.Failures, _gate.Counts);

    private readonly record struct Tally(
        long Responses, long Failures, long StableResponses, long StableFailures, CoinCounts Coin);
}
