namespace Snapback.Control.Rollouts;

/// <summary>A step in which the canary gets copies of requests and no user. It is a trial of its own: its evidence ends with it.</summary>
public sealed partial class Generation
{
    private int _copied;

    /// <summary>Its evidence is of copies; users meet the canary in the trial that follows.</summary>
    public bool IsShadow { get; }

    /// <summary>What became of the copies of this generation, in all of its trials on this replica.</summary>
    public ShadowCounts Copies { get; }

    /// <summary>How their answers differed from stable's.</summary>
    public ShadowDifferences Differences { get; }

    /// <summary>A copy's turn has come; the same compare-and-set as for a user's pick, so that none is sent after the rollback.</summary>
    /// <returns>Null if copies have ended.</returns>
    public Pick? PickCopy(Pick original, TimeSpan now)
    {
        var seen = Word;
        while (IsShadow && !seen.Closed && Volatile.Read(ref _copied) > 0 && seen.InFlight < PickWord.MaxInFlight)
        {
            var picked = seen.WithPick();
            var current = Interlocked.CompareExchange(ref _word, picked.Bits, seen.Bits);
            if (current == seen.Bits)
            {
                return original with { Arm = Arm.Canary, Sequence = picked.Sequence, Counts = Judge?.CanaryClients.Counts(original.Client, now) ?? true };
            }

            seen = new PickWord(current);
        }

        return null;
    }

    internal void SetCopied(Weight share) => Volatile.Write(ref _copied, share.BasisPoints);

    /// <summary>The trial is over and another begins: what is in flight counts here, and judges nobody.</summary>
    /// <returns>The word as it was; null if the rollout was rolled back in the same instant.</returns>
    internal PickWord? Retire()
    {
        var seen = Word;
        while (!seen.Closed)
        {
            var current = Interlocked.CompareExchange(ref _word, seen.WithClosed().Bits, seen.Bits);
            if (current == seen.Bits)
            {
                return seen;
            }

            seen = new PickWord(current);
        }

        return null;
    }

    /// <summary>
    /// In a shadow step only requests that are asked of both arms compare: a copied request is one toss of a fair coin, while what is
    /// not copied (a POST, say) may fail at a rate of its own.
    /// </summary>
    private Pick Shadowed(Pick stable, int draw, bool closed) =>
        stable with { IsPaired = !closed && draw < Volatile.Read(ref _copied), ByCoin = !closed && draw < Volatile.Read(ref _copied) };
}
