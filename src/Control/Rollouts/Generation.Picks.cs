namespace Snapback.Control.Rollouts;

/// <summary>The ways to get an arm. Whoever gets the canary gets it by a compare-and-set on the word that also holds the weight.</summary>
public sealed partial class Generation
{
    /// <summary>
    /// What a request without a user is eligible for in a flag-first rollout, where the user's flag tells the arms apart: it has the flag once
    /// everybody has it, and not before.
    /// </summary>
    public Eligibility OfNobody => Word.Weight == Weight.Whole ? Eligibility.ByWeight : Eligibility.Never;

    /// <summary>The arm of a request. A canary pick is one compare-and-set on the word that also holds the weight: a stale read
    /// cannot pick.</summary>
    /// <param name="draw">The request's number in [0, 10 000).</param>
    /// <param name="client">Hash of the sticky key; 0 if nothing is known of the client.</param>
    /// <param name="now">Monotonic.</param>
    /// <param name="eligibility">What the segment says; the weight alone if the plan has none.</param>
    public Pick Pick(int draw, ulong client = 0, TimeSpan now = default, Eligibility eligibility = Eligibility.ByWeight)
    {
        var seen = Word;
        draw = eligibility switch
        {
            Eligibility.Always => 0,
            // A promoted canary holds 100% of everything, of the ineligible too.
            Eligibility.Never => seen.Closed ? 0 : Weight.Whole,
            _ => draw,
        };
        var byCoin = eligibility == Eligibility.ByWeight;
        while (draw < seen.Weight && LetsIn(seen, client, now))
        {
            var picked = seen.WithPick();
            var current = Interlocked.CompareExchange(ref _word, picked.Bits, seen.Bits);
            if (current == seen.Bits)
            {
                return new Pick(
                    Arm.Canary,
                    picked.Sequence,
                    new Weight(seen.Weight),
                    byCoin,
                    client,
                    Judge?.CanaryClients.Counts(client, now) ?? true)
                {
                    OnTrial = !seen.Closed,
                };
            }

            seen = new PickWord(current);
        }

        // While the window lets nobody in, requests that the draw itself gave to stable are left out of the comparison too: else stable would have
        // more than its share of what both arms are compared by, and a canary that hangs would never be blamed.
        var byDraw = draw >= seen.Weight && LetsIn(seen, client, now);
        var stable = PickStable(new Weight(seen.Weight), byCoin && byDraw, client, now);
        return IsShadow ? Shadowed(stable, draw, seen.Closed) : stable;
    }

    /// <summary>
    /// The arm that a tester chose. Not the canary once the generation was closed at 0: what was rolled back stays closed to
    /// whoever holds a token too.
    /// </summary>
    public Pick PickForced(Arm arm)
    {
        var seen = Word;
        while (arm == Arm.Canary && (!seen.Closed || seen.Weight > 0) && seen.InFlight < PickWord.MaxInFlight)
        {
            var picked = seen.WithPick();
            var current = Interlocked.CompareExchange(ref _word, picked.Bits, seen.Bits);
            if (current == seen.Bits)
            {
                return new Pick(Arm.Canary, picked.Sequence, new Weight(seen.Weight), ByCoin: false, Counts: false, Forced: true);
            }

            seen = new PickWord(current);
        }

        Stable.Enter();
        return new Pick(Arm.Stable, 0, new Weight(seen.Weight), ByCoin: false, Counts: false, Forced: true);
    }

    /// <summary>Stable without a draw, for a request that the canary was picked for and cannot take.</summary>
    public Pick PickStableInstead(Pick pick)
    {
        Leave(pick.Arm);
        return PickStable(pick.Weight, false, 0, default);
    }

    /// <summary>A stream takes no place in the admission window from when the canary has accepted it until it ends.</summary>
    /// <param name="change">1 when the canary has accepted a stream, -1 when one has ended.</param>
    public void CountStreams(int change) => _admission.CountStreams(change);

    /// <summary>A user who is known by a key stays on one side, and 100% means everything: there may be no stable left to fall back on.</summary>
    private bool LetsIn(PickWord seen, ulong client, TimeSpan now) =>
        seen.InFlight < (client != 0 || seen.Weight == Weight.Whole ? PickWord.MaxInFlight : _admission.Limit(now));

    private Pick PickStable(Weight weight, bool byCoin, ulong client, TimeSpan now)
    {
        Stable.Enter();
        return new Pick(Arm.Stable, 0, weight, byCoin, client, Judge?.StableClients.Counts(client, now) ?? true);
    }
}
