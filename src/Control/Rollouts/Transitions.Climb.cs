namespace Snapback.Control.Rollouts;

/// <summary>The moves up: a generation opens, climbs its steps and is promoted.</summary>
public static partial class Transitions
{
    private static Transition Start(RolloutPlan plan, RolloutStatus status, string version, DateTimeOffset now) =>
        WhyNot(plan, status, version) is { } why ? Transition.Refuse(why) : Enter(plan, Open(status, version), now);

    /// <summary>At once onto the first step, unless somebody is asked before, or others go there too.</summary>
    private static RolloutStatus Enter(RolloutPlan plan, RolloutStatus opened, DateTimeOffset now) =>
        plan.Group is not null
        || plan.Schedule?.IsOpen(now) == false
        || plan.Hooks.Any(hook => plan.BeforeFirstStep.Contains(hook.When))
        || plan.Checks.Any(check => check.HoldsAt(0))
            ? opened with { Phase = RolloutPhase.Waiting, Manual = false, Held = TimeSpan.Zero }
            : AtStep(plan, opened, 1);

    private static bool IsRefused(RolloutStatus status, string? version) =>
        version is not null && status.RefusedVersions.Contains(version);

    /// <returns>Null if a generation may open with this version. A retry is of the version that was rolled back last.</returns>
    private static string? WhyNot(RolloutPlan plan, RolloutStatus status, string? version) =>
        IsRefused(status, version)
            ? $"Version '{version}' of rollout '{plan.Name}' was rolled back and is refused: start a new version, or " +
                (status.Phase == RolloutPhase.RolledBack && status.Version == version ? "retry this one with a reason." : "this one under another name.")
        : version is not null && version == Promoted(status)
            ? $"Version '{version}' of rollout '{plan.Name}' was promoted and has the traffic: start the next version, " +
                "or this one under another name if the other cluster runs it too."
        : null;

    /// <summary>A pipeline that is run again would send users to the cluster of the version before, under the name of what they have.</summary>
    private static string? Promoted(RolloutStatus status) => status.Phase == RolloutPhase.Promoted ? status.Version : status.StableVersion;

    private static Transition OpenByHand(RolloutPlan plan, RolloutStatus status, RolloutCommand.SetWeight command, DateTimeOffset now)
    {
        if (command.Weight == status.Weight && (command.Version is null || command.Version == status.Version))
        {
            return status;
        }

        if (status.Phase == RolloutPhase.Promoted && command.Version is null)
        {
            return Transition.Refuse(
                $"Rollout '{plan.Name}' was promoted: {status.NamedVersion()} has all of the traffic. " +
                $"Name the next version to set a weight for it{(status.Weight > Weight.Zero ? ", or roll back" : "")}.");
        }

        var version = command.Version ?? status.Version;
        if (version is null && status.Rollback is { BlamesVersion: true })
        {
            return Transition.Refuse(
                $"An unnamed version of rollout '{plan.Name}' was rolled back and is refused: name the version to set a weight for, or retry with a reason.");
        }

        return WhyNot(plan, status, version) is { } why
            ? Transition.Refuse(why)
            : SetWeightOfOpen(plan, Open(status, version) with { Phase = RolloutPhase.Progressing }, command.Weight, now);
    }

    private static RolloutStatus SetWeight(RolloutStatus status, Weight weight) =>
        status with
        {
            Weight = weight,
            Manual = true,
            Held = TimeSpan.Zero,
            Phase = status.Phase.Climbs() ? RolloutPhase.Progressing : status.Phase,
        };

    /// <summary>A new generation. After a promotion the arms change roles, since what was the canary is what users now trust.</summary>
    private static RolloutStatus Open(RolloutStatus status, string? version)
    {
        // After a handback stable runs what was promoted, and the arms stay as they are.
        var promoted = status.Phase == RolloutPhase.Promoted && status.Weight == Weight.Full;
        return status with
        {
            Generation = status.Generation + 1,
            Version = version,
            StableVersion = promoted ? status.Version : status.StableVersion,
            Swapped = promoted ? !status.Swapped : status.Swapped,
            Step = 0,
            Weight = Weight.Zero,
            Rollback = null,
            Approval = null,
            Warning = null,
        };
    }

    private static Transition Advance(RolloutPlan plan, RolloutStatus status, DateTimeOffset now)
    {
        // By hand it may have gone down too, and from 1% the next step is not the one behind 50%.
        var next = status.Manual ? 1 : status.Step + 1;
        while (next <= plan.Steps.Length && IsBehind(plan.Steps[next - 1], plan, status))
        {
            next++;
        }

        return Unapproved(plan, status, Math.Max(1, status.Step), next - 1, now)
            ?? (next <= plan.Steps.Length ? AtStep(plan, status, next) : Promote(plan, status));
    }

    /// <summary>No copies any more once users have met the canary, or somebody has taken its weight into the own hands.</summary>
    private static bool IsBehind(Step step, RolloutPlan plan, RolloutStatus status) => step.IsShadow
        ? status.Manual || (status.Step > 0 && !plan.Steps[status.Step - 1].IsShadow)
        : step.Weight <= status.Weight;

    private static Transition PromoteByHand(RolloutPlan plan, RolloutStatus status, DateTimeOffset now) =>
        Unapproved(plan, status, Math.Max(1, status.Step), plan.Steps.Length, now) ?? Promote(plan, status);

    private static Transition SetWeightOfOpen(RolloutPlan plan, RolloutStatus status, Weight weight, DateTimeOffset now)
    {
        var passed = plan.Steps.Count(step => step.Weight < weight);
        return (weight > status.Weight ? Unapproved(plan, status, Math.Max(1, status.Step), passed, now) : null) ?? SetWeight(status, weight);
    }

    private static Transition Approve(RolloutPlan plan, RolloutStatus status, RolloutCommand.Approve approve, DateTimeOffset now)
    {
        if (status.Step == 0 || plan.Steps[status.Step - 1].Approval is not { } terms)
        {
            return Transition.Refuse($"Rollout '{plan.Name}' is at {status.Weight}, which no plan's step wants an approval for.");
        }

        if (string.IsNullOrWhiteSpace(approve.Reason))
        {
            return Transition.Refuse($"An approval of rollout '{plan.Name}' needs a reason: say what was looked at.");
        }

        if (!terms.By.IsEmpty && !terms.By.Contains(approve.By))
        {
            return Transition.Refuse($"'{approve.By}' may not approve step {status.Step} of rollout '{plan.Name}'; its plan names {terms.Whose}.");
        }

        var next = status with { Approval = new Approval(status.Step, approve.By, approve.Reason, now, now + approve.Validity) };
        return status.Phase == RolloutPhase.Waiting ? next with { Phase = ClimbingPhase(plan, next) } : next;
    }

    /// <summary>A person's word cannot be stepped over, by hand neither.</summary>
    /// <param name="from">The first step that would be left, 1-based.</param>
    /// <param name="to">The last.</param>
    /// <returns>Null if nothing is missing.</returns>
    private static Transition? Unapproved(RolloutPlan plan, RolloutStatus status, int from, int to, DateTimeOffset now)
    {
        for (var step = from; step <= to; step++)
        {
            if (plan.Steps[step - 1].Approval is { } terms && !(step == status.Step && status.Approval?.Holds(status, now) == true))
            {
                return Transition.Refuse(
                    $"Step {step} of rollout '{plan.Name}' ({plan.Steps[step - 1].Weight}) is left with the approval of {terms.Whose} only: " +
                    "approve it when it is reached, or roll back.");
            }
        }

        return null;
    }

    private static RolloutStatus AtStep(RolloutPlan plan, RolloutStatus status, int step)
    {
        var next = status with
        {
            Step = step,
            Weight = plan.Steps[step - 1].Weight,
            Manual = false,
            Held = TimeSpan.Zero,
            Approval = null,
            Warning = null,
        };
        return next with { Phase = ClimbingPhase(plan, next) };
    }

    private static RolloutPhase ClimbingPhase(RolloutPlan plan, RolloutStatus status) =>
        status is { Manual: false, Step: 0 } ? RolloutPhase.Waiting
            : status is { Manual: false, Step: > 0 } && plan.Steps[status.Step - 1].IsBake ? RolloutPhase.Baking
            : RolloutPhase.Progressing;

    private static RolloutStatus Promote(RolloutPlan plan, RolloutStatus status) => plan.Promotion == PromotionKind.Swap
        ? status with { Phase = RolloutPhase.Promoted, Weight = Weight.Full, Manual = false }
        : status with { Phase = RolloutPhase.Promoted, Weight = Weight.Zero, Manual = false, StableVersion = status.Version };
}
