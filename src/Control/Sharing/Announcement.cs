using System.Globalization;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing;

/// <summary>The kind and the sentence of a change of state: one wording for history, log and command line.</summary>
public static class Announcement
{
    public static (string Kind, string Sentence) Of(RolloutPlan plan, RolloutStatus before, RolloutStatus after)
    {
        var where = after is { Manual: false, Step: > 0 } && after.Phase.IsOpen() ? AtStep(plan, after) : after.Weight.ToString();
        var version = after.Version is null ? "An unnamed version" : $"Version '{after.Version}'";
        return (before.Phase, after.Phase) switch
        {
            (RolloutPhase.RolledBack, RolloutPhase.RolledBack) when IsExoneration(before, after) => ("exonerated", after.Reason ?? "Exonerated."),
            (_, RolloutPhase.Idle) => OfPlan(isFirst: after.Created != before.Created),
            (_, RolloutPhase.RolledBack) => ("rolled-back", after.Rollback?.Explanation ?? "Rolled back."),
            (_, RolloutPhase.Waiting) when after.Generation > before.Generation && plan.Group is { } group =>
                ("started", $"{version} is to start with group '{group}'."),
            (_, RolloutPhase.Waiting) when after.Generation > before.Generation =>
                ("started", $"{version} is to start; {BeforeTheFirst(plan, after)}."),
            _ when after.Generation > before.Generation => ("started", $"{version} started at {where}."),
            (_, RolloutPhase.Promoted) when after.Weight == Weight.Zero =>
                ("promoted", $"{version} was promoted: stable runs it now and has the traffic again."),
            (_, RolloutPhase.Promoted) => ("promoted", $"{version} was promoted: it keeps 100% of the traffic."),
            (RolloutPhase.Paused, RolloutPhase.Paused) or (RolloutPhase.Frozen, RolloutPhase.Frozen) when IsWeighed(before, after) =>
                ("weight", $"Weight set to {where} by hand; still {(after.Phase == RolloutPhase.Paused ? "paused" : "frozen")}."),
            (_, RolloutPhase.Frozen) => ("frozen", after.Reason ?? "Frozen."),
            (_, RolloutPhase.Waiting) when after.ReadyBy is not null => ("ready", $"Ready to leave {where} with group '{plan.Group}'."),
            (RolloutPhase.Waiting, RolloutPhase.Progressing or RolloutPhase.Baking)
                when before.ReadyBy is not null && (after.Step, after.Weight) == (before.Step, before.Weight) =>
                ("withdrawn", $"Not ready any more to leave {where}: {after.Reason}"),
            (RolloutPhase.Paused, RolloutPhase.Waiting) => ("resumed", $"Resumed at {where}; {BeforeTheFirst(plan, after)}."),
            (_, RolloutPhase.Waiting) => ("waiting", after.Reason ?? "Waiting."),
            _ when after.Warning is { } warning && warning != before.Warning => ("breached", warning),
            _ when after.Approval is { } approval && approval != before.Approval =>
                ("approved", $"{approval.By} approved to go on from {where}, until {approval.Expires:u}: {approval.Reason}"),
            (_, RolloutPhase.Paused) => ("paused", $"Paused at {where}."),
            (RolloutPhase.Paused or RolloutPhase.Frozen, _) => ("resumed", $"Resumed at {where}."),
            _ when after.Manual => ("weight", $"Weight set to {where} by hand."),
            (_, RolloutPhase.Baking) => ("advanced", $"Baking at {where}, rollback still armed."),
            _ => ("advanced", $"Advanced to {where}."),
        };
    }

    private static string BeforeTheFirst(RolloutPlan plan, RolloutStatus after) =>
        plan.Schedule?.Closed(after.Since) ?? "what is asked before the first step has the word";

    private static string AtStep(RolloutPlan plan, RolloutStatus after)
    {
        var share = plan.Steps[after.Step - 1] is { IsShadow: true } copies ? copies.Name : after.Weight.ToString();
        return string.Create(CultureInfo.InvariantCulture, $"{share} (step {after.Step} of {plan.Steps.Length})");
    }

    /// <param name="isFirst">There was none of this name, or it was deleted.</param>
    public static (string Kind, string Sentence) OfPlan(bool isFirst) => isFirst
        ? ("planned", "The plan was created.")
        : ("replanned", "The plan was replaced.");

    /// <summary>Nothing else but an approval and a breach, which are told as what they are, leaves a weight by hand where it is.</summary>
    private static bool IsWeighed(RolloutStatus before, RolloutStatus after) =>
        after.Manual && after.Approval == before.Approval && after.Warning == before.Warning;

    /// <summary>Two replicas may roll back one generation in the same moment: the record of one then takes the other's place, and
    /// clears nobody.</summary>
    private static bool IsExoneration(RolloutStatus before, RolloutStatus after) =>
        after.Generation == before.Generation && after.Revision > before.Revision
        && before.Rollback is { BlamesVersion: true } && after.Rollback is { BlamesVersion: false };
}
