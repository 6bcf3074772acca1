using System.Globalization;
using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>
/// Whether the judge lets a step be left: no evidence leans against the canary and, at the step before the weight goes above
/// <see cref="From"/>, the canary is proved to be within its limits.
/// </summary>
public static class ProofGate
{
    /// <summary>Weights up to this one are the trial and need no proof.</summary>
    public static readonly Weight From = new(2500);

    /// <returns>With the sentence of what is missing, whether it is waited for or not.</returns>
    /// <param name="step">1-based.</param>
    /// <param name="served">How long the step's hold has run.</param>
    /// <param name="responses">Of the canary in this generation.</param>
    public static Want Of(RolloutPlan plan, int step, TimeSpan served, Readiness readiness, long responses)
    {
        var missing = Missing(plan, step, readiness, responses);
        if (plan.Gates.Proof == ProofDemand.Off || missing is null)
        {
            return new Want(true, "");
        }

        var terms = plan.Steps[step - 1];
        var left = terms.Hold + plan.Gates.PatienceOf(terms) - served;
        return plan.Gates.Proof == ProofDemand.Required ? new Want(false, missing)
            : left <= TimeSpan.Zero ? new Want(true, missing)
            : new Want(false, served < terms.Hold ? missing : $"{missing}, waiting {Durations.Rough(left)} more");
    }

    private static string? Missing(RolloutPlan plan, int step, Readiness readiness, long responses) =>
        readiness.Leans ? "the evidence leans against the canary"
        : readiness.Proved || step != StepThatProves(plan) ? null
        : string.Create(
            CultureInfo.InvariantCulture,
            $"not proved: {Counted.Of(responses, "response")} seen, {responses + readiness.MissingResponses:N0} needed");

    /// <summary>The last step of the trial, 1-based; if no step is one, the last of all.</summary>
    private static int StepThatProves(RolloutPlan plan)
    {
        // What copies showed proves nothing of users.
        var trials = plan.Steps.Count(step => step.Weight <= From);
        return trials > 0 && !plan.Steps[trials - 1].IsShadow ? trials : plan.Steps.Length;
    }
}
