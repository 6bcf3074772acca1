using System.Diagnostics.CodeAnalysis;
using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>What becomes of requests that the canary failed, and of those that are still with it when it is rolled back.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The source has no timer and no link: there is nothing to dispose, and requests may still look at it.")]
public sealed partial class Generation
{
    private readonly ReplayBudget? _replays;
    private readonly long _pickedBefore;
    private readonly CancellationTokenSource _rolledBack = new();
    private long _takenBack;
    private long _cut;

    /// <summary>Cancelled after the canary's weight went to 0, on another thread: the decision does not wait for what follows from it.</summary>
    public CancellationToken RolledBack => _rolledBack.Token;

    /// <summary>After the close at 0, and after its time was taken: waking a thread takes longer than the decision.</summary>
    internal void CallBack() => _ = _rolledBack.CancelAsync();

    /// <summary>Requests that the canary had not answered when it was rolled back, and stable answered instead.</summary>
    public long TakenBack => Volatile.Read(ref _takenBack);

    /// <summary>Canary requests that were ended because they still ran when the drain time after a rollback was over.</summary>
    public long WereCut => Volatile.Read(ref _cut);

    /// <summary>Canary failures whose users saw them because the budget was spent.</summary>
    public long ReplaysRefused => _replays?.Refused ?? 0;

    /// <summary>False if the plan has no shield, or its budget is spent.</summary>
    public bool TryReplay(TimeSpan now) => _replays?.TryTake(Picked, now) == true;

    /// <summary>The rollout's requests to both arms, those in flight included: while the canary hangs, few end.</summary>
    private long Picked => _pickedBefore + Stable.Requests + Stable.InFlight + Canary.Requests + Word.InFlight;

    /// <summary>
    /// Stable once more for a request that the canary failed. Nobody drew it, so it compares with nothing, and its user waited for
    /// the canary first: it says nothing of stable's latency.
    /// </summary>
    public Pick PickReplay(Pick failed)
    {
        Stable.Enter();
        return new Pick(Arm.Stable, 0, failed.Weight, false, failed.Client, false) { IsReplay = true };
    }

    /// <summary>A replay was answered: the canary failed this user, or was not waited for any longer, and the user did not see it.</summary>
    /// <param name="outcome">What the canary was charged with.</param>
    public void Shielded(Outcome outcome)
    {
        if (outcome == Outcome.Failure)
        {
            Canary.CountShielded();
        }
        else
        {
            Interlocked.Increment(ref _takenBack);
        }

        _owner.CanaryTraffic.CountShielded();
    }

    /// <summary>Stable was asked beside a slow canary, and was first.</summary>
    /// <param name="outcome">What the canary had come to by then; slow it is in any case.</param>
    public void Hedged(Outcome outcome)
    {
        if (outcome == Outcome.Failure)
        {
            Shielded(outcome);
        }
        else
        {
            Canary.CountHedged();
            _owner.CanaryTraffic.CountHedged();
        }
    }

    /// <summary>One canary request was ended after the drain time.</summary>
    public void Cut()
    {
        Interlocked.Increment(ref _cut);
        _owner.CanaryTraffic.CountCut();
    }
}
