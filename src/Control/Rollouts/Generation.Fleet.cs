using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>What the other replicas of a fleet add to one attempt.</summary>
public sealed partial class Generation
{
    /// <summary>What other replicas saw of this generation; null as the judge is.</summary>
    public EvidencePool? Pool { get; }

    /// <summary>The canary's answers that say something, on all replicas.</summary>
    public long CanaryResponses => Canary.Responses + (Pool?.Others.CanaryResponses ?? 0);

    /// <summary>Its failures among all replicas that their users never saw.</summary>
    public long CanaryShielded => Canary.Shielded + (Pool?.Others.CanaryShielded ?? 0);

    /// <summary>What the judge has counted on all replicas; null for a generation that was closed when it was loaded.</summary>
    public Tally? All => Pool is { } pool ? (pool.Own + pool.Others) with { CanaryShielded = CanaryShielded } : null;

    /// <summary>What this replica counted itself, for the others.</summary>
    public Tally? Own => Pool is { } pool ? pool.Own with
    {
        CanaryShielded = Canary.Shielded,
        ExposedRequests = Exposure.Requests,
        ExposedUsers = Exposure.Users,
        ExposedBytes = Exposure.Bytes,
    } : null;

    /// <summary>Who met the canary, on all replicas that have told theirs; null while nobody has.</summary>
    public Exposure? Exposed(Moment now)
    {
        var (own, others) = (Exposure.Of(now), Pool?.Others ?? default);
        if (own is null && others.ExposedRequests == 0)
        {
            return null;
        }

        var here = own ?? new Exposure(0, 0, 0, now.Wall, now.Wall);
        return here with
        {
            Requests = here.Requests + others.ExposedRequests,
            Users = here.Users + others.ExposedUsers,
            Bytes = here.Bytes + others.ExposedBytes,
            Replicas = 1 + (Pool?.Reported ?? 0),
        };
    }

    /// <summary>The canary's failures on all replicas.</summary>
    public long CanaryFailures => Canary.Failures + (Pool?.Others.CanaryBad ?? 0);

    /// <summary>Stable's.</summary>
    public long StableFailures => Stable.Failures + (Pool?.Others.StableBad ?? 0);

    /// <summary>What another replica has counted; judged as if it had happened here.</summary>
    /// <param name="age">How long ago it counted.</param>
    /// <returns>What was new in it.</returns>
    public Tally Take(string replica, Tally tally, TimeSpan age, TimeSpan now)
    {
        var news = default(Tally);
        if (Pool is { } pool)
        {
            Act(pool.Take(replica, tally, age, now, CanaryShare, out news), now);
            LetIn(news.CanaryGood, now);
            if (news.CanaryBad > 0)
            {
                HoldIfTelling(now);
            }

            _owner.Wake();
        }

        return news;
    }

    /// <summary>At a beat, when everybody's counts have been taken.</summary>
    public void Compare(TimeSpan now)
    {
        if (Pool is { } pool)
        {
            Act(pool.Compare(now, CanaryShare), now);
        }
    }

    /// <summary>The share of the requests that the canary is asked, 0 to 1; a half where both arms are.</summary>
    private double CanaryShare => IsShadow ? 0.5 : Word.Weight / (double)Weight.Whole;

    /// <summary>Looks whether the canary's first requests may come to this replica too.</summary>
    /// <param name="answered">Good answers of the canary's on other replicas that were not known yet.</param>
    public void LetIn(long answered, TimeSpan now) => _admission.LetIn(Place, answered, now);

    private FleetPlace Place => _owner.Place.In(Number);

    private void HoldIfTelling(TimeSpan now)
    {
        if (_owner.Place.Of > 1)
        {
            _admission.Failed(Judge!.Meter, now);
        }
    }

    private long Slow => Stable.Slow + Canary.Slow;

    private void TellSlow(long before)
    {
        if (Slow != before)
        {
            _owner.Failed(_owner);
        }
    }
}
