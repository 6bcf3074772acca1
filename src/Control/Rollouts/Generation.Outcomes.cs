using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>What a request came to: counted, judged, and what follows from that. The order is the decision's: nothing comes
/// before the weight that does not decide.</summary>
public sealed partial class Generation
{
    private readonly Func<bool> _lower;

    /// <summary>Where this replica's canary failures come from.</summary>
    public FailureDetails Details { get; } = new();

    /// <summary>How it was closed by <see cref="LiveRollout.Lower"/>.</summary>
    internal Closing Closed { get; set; }

    /// <summary>Counts one outcome, and judges it on the caller's thread: when this returns, a breach has already taken effect.</summary>
    /// <param name="request">For where failures come from; null where nobody asks.</param>
    public void Observe(Pick pick, Outcome outcome, TimeSpan now, IPlaced? request = null)
    {
        if (pick.Forced)
        {
            this[pick.Arm].CountForced();
        }

        if (!pick.IsEvidence)
        {
            return;
        }

        this[pick.Arm].Count(outcome);
        var judge = pick.Counts && outcome != Outcome.Neutral ? Judge : null;
        switch (pick.Arm, outcome)
        {
            case (Arm.Canary, Outcome.Failure):
                CanaryFailed(judge, pick, now, request);
                break;
            case (Arm.Canary, Outcome.Success):
                CanaryAnswered(judge, pick, request);
                break;
            case (Arm.Stable, Outcome.Success):
                judge?.StableGood();
                break;
            case (Arm.Stable, Outcome.Failure):
                judge?.StableFailed(now, pick.Share, pick.ByCoin, pick.Client);
                break;
        }

        if (judge is null)
        {
            return;
        }

        if (outcome == Outcome.Failure)
        {
            _owner.Failed(_owner);
        }

        _owner.Wake();
    }

    private void CanaryAnswered(Judge? judge, Pick pick, IPlaced? request)
    {
        Locate(pick, Outcome.Success, request);
        if (judge is not null)
        {
            judge.CanaryGood();
            _admission.Widen();
        }
    }

    private void CanaryFailed(Judge? judge, Pick pick, TimeSpan now, IPlaced? request)
    {
        var ruling = judge?.CanaryFailed(now, pick.Share, pick.ByCoin, pick.Client, _lower) ?? default;
        // After the weight, which waits for nothing that does not decide, and before the record, which tells of it.
        Locate(pick, Outcome.Failure, request);
        if (judge is not null)
        {
            Act(ruling, now);
            HoldIfTelling(now);
        }
    }

    private void Locate(Pick pick, Outcome outcome, IPlaced? request)
    {
        if (request is not null && FailureDetails.Wants(pick, outcome))
        {
            Details.Add(pick, outcome, request.Place);
        }
    }

    private void Act(Ruling ruling, TimeSpan now)
    {
        if (ruling.Cause != Cause.None)
        {
            _owner.Breach(this, ruling, now);
        }
    }
}
