using System.Globalization;
using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>What the current step still needs before it may be left.</summary>
public enum GateState
{
    /// <summary>Time, requests or proof are missing, or nobody climbs.</summary>
    Shut,

    /// <summary>The plan rolls back what gets no data, and none came.</summary>
    NoData,

    /// <summary>The step has all it needs from the traffic; hooks and queries have the word.</summary>
    Asking,

    /// <summary>Only a person's approval is missing.</summary>
    Approval,

    Open,
}

/// <summary>Whether the current step may be left, and what is being waited for.</summary>
/// <param name="Sentence">What is waited for and for how long still; for people.</param>
/// <param name="Missing">The last thing that is missing, alone.</param>
/// <param name="Lacking">What it goes up without, for the record; null if it lacks nothing.</param>
public readonly record struct Gate(GateState State, string Sentence, string? Lacking = null, string Missing = "")
{
    private const string SwitchedOff = "automatic advance is switched off; advance by hand";

    /// <summary>The one to ask next; null if what is missing is asked elsewhere.</summary>
    public Hook? Hook { get; init; }

    /// <param name="now">On the wall clock: what people set ends by theirs.</param>
    public static Gate Of(RolloutSnapshot at, RolloutSwitches switches, DateTimeOffset now)
    {
        var status = at.Status;
        if (!status.Phase.Climbs())
        {
            return Shut(Standing(at.Plan, status));
        }

        if (status is { Step: 0, Manual: false })
        {
            return switches.AutoAdvance ? BeforeTheFirst(at, now) : Shut(SwitchedOff);
        }

        if (at.Step is not { } step)
        {
            return Shut("weight set by hand; advance goes on with the steps");
        }

        if (at.Generation.Judge is not { Readiness: { Alarmed: false } readiness })
        {
            return Shut("an objective is broken now; no step goes up");
        }

        if (readiness.StableAlarms)
        {
            return Shut("stable itself breaks an objective now; no step goes up");
        }

        var (waits, served) = (new Waits(), at.Progress.Served >= step.Hold);
        waits.Add(Hold(step, at.Progress.Served));
        var (data, noData) = Data(at, step, served);
        waits.Add(data);
        waits.Add(Answering(at.Progress));
        waits.Add(Differing(at, step));
        var proof = ProofGate.Of(at.Plan, status.Step, at.Progress.Served, readiness, at.Generation.Canary.Responses);
        waits.Add(proof);
        waits.Add(at.Plan.Schedule?.Want(now) ?? new Want(true, ""));
        if (noData)
        {
            return new Gate(GateState.NoData, waits.Sentence);
        }

        if (waits.Any)
        {
            // While time is missing too, a check that does well is not what anybody waits for.
            foreach (var finding in at.Findings.Where(finding => finding.IsTrouble))
            {
                waits.Add(new Want(false, finding.Told(now)));
            }

            return Shut(waits.Sentence);
        }

        if (!switches.AutoAdvance)
        {
            return Shut(SwitchedOff);
        }

        return Asked(at, step, waits, now) ?? Open(at, waits, Lacks(at, step, data, proof));
    }

    private static IEnumerable<string> Lacks(RolloutSnapshot at, Step step, Want data, Want proof)
    {
        if (at.Progress.Responses < step.Requests)
        {
            yield return $"{data.Sentence} came, and the plan says onNoData: pass";
        }

        if (proof.Sentence.Length > 0)
        {
            var waited = at.Plan.Gates.PatienceOf(step) > TimeSpan.Zero ? "waited long enough, yet" : "nothing is waited for without a hold or maxWait;";
            yield return $"{waited} {proof.Sentence}";
        }
    }

    /// <param name="lacks">What the traffic did not show; the hooks that nobody answered for are found here.</param>
    private static Gate Open(RolloutSnapshot at, Waits waits, params IEnumerable<string> lacks)
    {
        string[] all =
            [
                .. lacks,
                .. at.Findings
                    .Where(finding => finding is { IsTrouble: true, State: FindingState.Pass } && at.Plan.Hooks.Any(hook => hook.Source == finding.Source))
                    .Select(finding => finding.Sentence),
            ];
        return new Gate(GateState.Open, waits.Sentence, all.Length > 0 ? string.Join("; ", all) : null);
    }

    private static Gate BeforeTheFirst(RolloutSnapshot at, DateTimeOffset now)
    {
        var waits = new Waits();
        waits.Add(at.Plan.Schedule?.Want(now) ?? new Want(true, ""));
        if (waits.Any)
        {
            return Shut(waits.Sentence);
        }

        AddChecks(at, waits, now);
        if (waits.Any)
        {
            return new Gate(GateState.Asking, waits.Sentence);
        }

        foreach (var point in at.Plan.BeforeFirstStep)
        {
            if (Ask(at, point, waits, now) is { } asking)
            {
                return asking;
            }
        }

        return Open(at, waits);
    }

    /// <summary>Null once nobody is left to be asked.</summary>
    private static Gate? Asked(RolloutSnapshot at, Step step, Waits waits, DateTimeOffset now)
    {
        var next = at.Plan.Steps.Length > at.Status.Step ? HookPoint.ConfirmTrafficIncrease : HookPoint.ConfirmPromotion;
        AddChecks(at, waits, now);
        var asking = waits.Any ? new Gate(GateState.Asking, waits.Sentence) : Ask(at, HookPoint.Step, waits, now);
        return asking ?? Ask(step, at.Status, waits, now) ?? Ask(at, next, waits, now);
    }

    private static void AddChecks(RolloutSnapshot at, Waits waits, DateTimeOffset now)
    {
        var unasked = at.Plan.Checks
            .Where(check => check.HoldsAt(at.Status.Step))
            .Where(check => !at.Findings.Any(finding => finding.Source == check.FindingSource));
        foreach (var check in unasked)
        {
            waits.Add(new Want(false, check.FindingSource));
        }

        foreach (var finding in at.Findings.Where(finding => !at.Plan.Hooks.Any(hook => hook.Source == finding.Source)))
        {
            waits.Add(new Want(finding.State == FindingState.Pass, finding.Told(now)));
        }
    }

    /// <summary>Null once every hook of that point has said go.</summary>
    private static Gate? Ask(RolloutSnapshot at, HookPoint when, Waits waits, DateTimeOffset now)
    {
        foreach (var hook in at.Plan.Hooks.Where(hook => hook.When == when))
        {
            var found = at.Findings.FirstOrDefault(finding => finding.Source == hook.Source);
            var want = new Want(found?.State == FindingState.Pass, found?.Told(now) ?? hook.Source);
            waits.Add(want);
            if (!want.Met)
            {
                return new Gate(GateState.Asking, waits.Sentence, Missing: want.Sentence) { Hook = hook };
            }
        }

        return null;
    }

    private static Gate? Ask(Step step, RolloutStatus status, Waits waits, DateTimeOffset now)
    {
        if (step.Approval is not { } approval)
        {
            return null;
        }

        var person = OfPerson(approval, status, now);
        waits.Add(person);
        return person.Met ? null : new Gate(GateState.Approval, waits.Sentence, Missing: person.Sentence);
    }

    private static Want OfPerson(ApprovalTerms terms, RolloutStatus status, DateTimeOffset now) => status.Approval switch
    {
        { } given when given.Holds(status, now) => new Want(true, $"approved by {given.By}"),
        { } given when given.Step == status.Step =>
            new Want(false, $"approval by {terms.Whose}, that of {given.By} lapsed at {given.Expires:u}; approve or reject"),
        _ => new Want(false, $"approval by {terms.Whose}; approve or reject"),
    };

    private static Want Hold(Step step, TimeSpan served)
    {
        var left = step.Hold - served;
        var (what, soFar) = (step.IsBake ? "bake" : "hold", left > TimeSpan.Zero ? $"{Durations.Rough(left)} left" : "served");
        return new Want(left <= TimeSpan.Zero, step.Hold == TimeSpan.Zero ? "" : $"{what} {Durations.Format(step.Hold)}, {soFar}");
    }

    private static (Want Data, bool NoData) Data(RolloutSnapshot at, Step step, bool served)
    {
        var seen = at.Progress.Responses;
        if (seen >= step.Requests)
        {
            return (new Want(true, step.Requests > 1 ? $"{Counted.Of(step.Requests, "request")} seen" : ""), false);
        }

        var sentence = string.Create(CultureInfo.InvariantCulture, $"{seen:N0} of {Counted.Of(step.Requests, "request")}");
        var left = step.Hold + at.Plan.Gates.PatienceOf(step) - at.Progress.Served;
        return at.Plan.Gates.OnNoData switch
        {
            NoData.Pass => (new Want(served, sentence), false),
            NoData.Rollback when left <= TimeSpan.Zero => (new Want(false, sentence), true),
            NoData.Rollback when served => (new Want(false, $"{sentence}, rolled back in {Durations.Rough(left)}"), false),
            _ => (new Want(false, sentence), false),
        };
    }

    /// <summary>However long proof was waited for: at a quiet hour one failed response would take a dead canary to the next step.</summary>
    private static Want Answering(StepProgress progress) => progress switch
    {
        { Responses: <= 0 } or { Good: > 0 } => new Want(true, ""),
        { Responses: 1 } => new Want(false, "the canary's only response failed"),
        _ => new Want(false, $"all {Counted.Of(progress.Responses, "response")} of the canary failed"),
    };

    /// <summary>How far the answers to copies may differ from stable's.</summary>
    private static Want Differing(RolloutSnapshot at, Step step)
    {
        if (!step.IsShadow || at.Plan.Shadow?.Compare?.MaxDifferent is not { } most)
        {
            return new Want(true, "");
        }

        var found = at.Generation.Differences;
        var (answers, differ) = (Counted.Of(found.Compared, "compared answer"), found.Different == 1 ? "differs" : "differ");
        return new Want(
            found.Compared > 0 && found.Share <= most,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{found.Different:N0} of {answers} {differ} ({PerCent.Of(found.Share * 100)}; {most * 100:0.##}% allowed)"));
    }

    private static string Standing(RolloutPlan plan, RolloutStatus status) => status.Phase switch
    {
        RolloutPhase.Paused => "paused; resume or roll back",
        RolloutPhase.Frozen => "frozen by a breach; roll back, or resume with a reason",
        // Whoever deploys it where the one before went would replace what has all of the traffic.
        RolloutPhase.Promoted when plan.NextClusterAfter(status) is { } cluster => $"promoted; start the next version, in cluster '{cluster}'",
        RolloutPhase.Promoted => "promoted; start the next version",
        RolloutPhase.RolledBack => "rolled back; start a new version, or retry with a reason",
        _ => "start a version",
    };

    private static Gate Shut(string sentence) => new(GateState.Shut, sentence);

    /// <summary>The parts of one sentence, and whether any of them holds the step.</summary>
    private sealed class Waits
    {
        private readonly List<string> _parts = [];

        public bool Any { get; private set; }

        public string Sentence => string.Join("; ", _parts);

        public void Add(Want want)
        {
            Any |= !want.Met;
            if (want.Sentence.Length > 0)
            {
                _parts.Add(want.Sentence);
            }
        }
    }
}
