using Snapback.Control.Analysis;

namespace Snapback.Control.Simulation;

/// <summary>How one simulated rollout ended.</summary>
/// <param name="Cause">None: it was not ended by the judge.</param>
/// <param name="Broke">The fault began; false if it was rolled back or promoted before.</param>
/// <param name="Promoted">It came to the end of its plan.</param>
/// <param name="Frozen">It was held for a failure of both arms, and only an operator goes on with it.</param>
/// <param name="Seconds">From the fault to the decision; of a healthy rollout from the start to its end.</param>
/// <param name="Responses">Canary responses the decision took, counted from the fault; slow ones count when they pass the limit.</param>
/// <param name="Victims">Users of the canary whom the fault hurt, those in flight at the decision included.</param>
/// <param name="Step">At the end, from 0.</param>
internal readonly record struct RunOutcome(
    Cause Cause, bool Broke, bool Promoted, bool Frozen, double Seconds, long Responses, double Victims, int Step)
{
    public bool Ended => Cause is not (Cause.None or Cause.Shared);

    public bool Blamed => Ended && Cause != Cause.SharedGraceOver;

    /// <summary>The same rollout on several proxies that know nothing of each other: over when the last one has noticed.</summary>
    public static RunOutcome OfReplicas(ReadOnlySpan<RunOutcome> replicas, bool anyEndIsAnEnd)
    {
        var (all, seconds, responses, victims, step) = (replicas[0], 0d, 0L, 0d, 0);
        var (ended, broke, promoted, frozen) = (0, true, true, false);
        foreach (var each in replicas)
        {
            // Of those that ended it one that blames tells most.
            all = each.Ended && !all.Blamed ? each : all;
            ended += each.Ended ? 1 : 0;
            broke &= each.Broke;
            promoted &= each.Promoted;
            frozen |= each.Frozen;
            (seconds, responses, victims, step) =
                (Math.Max(seconds, each.Seconds), responses + each.Responses, victims + each.Victims, Math.Max(step, each.Step));
        }

        var over = anyEndIsAnEnd ? ended > 0 : ended == replicas.Length;
        return new RunOutcome(over ? all.Cause : Cause.None, broke, promoted, frozen, seconds, responses, victims, step);
    }
}
