namespace Snapback.Control.Rollouts;

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
    /// <param name="now">On the wall clock: what people set ends by theirs.</param>
    public static Gate Of(RolloutSnapshot at, RolloutSwitches switches, DateTimeOffset now)
    {
        var status = at.Status;
        if (!status.Phase.Climbs())
        {
            return Shut(Standing(status));
        }

        if (at.Step is not { } step)
        {
            return Shut("weight set by hand; advance goes on with the steps");
        }

        if (at.Generation.Judge is not { Readiness: var readiness } || readiness is { StableAlarms: true } or { Alarmed: true })
        {
            return Shut("an objective is broken now; no step goes up");
        }

        var (waits, served) = (new Waits(), at.Progress.Served >= step.Hold);
        waits.Add(Hold(step, at.Progress.Served));
        var (data, noData) = Data(at, step, served);
        waits.Add(data);
        var proof = ProofGate.Of(at.Plan, status.Step, at.Progress.Served, readiness, at.Generation.Canary.Responses);
        waits.Add(proof);
        if (noData)
        {
            return new Gate(GateState.NoData, waits.Sentence);
        }

        if (waits.Any)
        {
            return Shut(waits.Sentence);
        }

        if (!switches.AutoAdvance)
        {
            return Shut("automatic advance is switched off; advance by hand");
        }

        return Asked(at, step, waits, proof.Sentence.Length > 0 ? proof.Sentence : null, now);
    }

    private static Gate Asked(RolloutSnapshot at, Step step, Waits waits, string? lacking, DateTimeOffset now)
    {
        foreach (var hook in at.Plan.Hooks.Where(hook => !at.Findings.Any(finding => finding.Source == hook.Source)))
        {
            waits.Add(new Want(false, hook.Source));
        }

        foreach (var check in at.Plan.Checks.Where(check => check.HoldsAt(at.Status.Step) && !at.Findings.Any(finding => finding.Source == check.FindingSource)))
        {
            waits.Add(new Want(false, check.FindingSource));
        }

        foreach (var finding in at.Findings)
        {
            waits.Add(new Want(finding.State == FindingState.Pass, finding.Sentence));
        }

        if (waits.Any)
        {
            return new Gate(GateState.Asking, waits.Sentence, lacking);
        }

        if (step.Approval is { } approval)
        {
            var person = OfPerson(approval, at.Status, now);
            waits.Add(person);
            return new Gate(person.Met ? GateState.Open : GateState.Approval, waits.Sentence, lacking, person.Sentence);
        }

        return new Gate(GateState.Open, waits.Sentence, lacking);
    }

    private static Want OfPerson(ApprovalTerms terms, RolloutStatus status, DateTimeOffset now) => status.Approval switch
    {
        { } given when given.Holds(status, now) => new Want(true, $"approved by {given.By}"),
        { } given when given.Step == status.Step => new Want(false, $"the approval by {given.By} lapsed at {given.Expires:u}; approve again or reject"),
        _ => new Want(false, $"approval by {terms.Whose}; approve or reject"),
    };

    private static Want Hold(Step step, TimeSpan served)
    {
        var left = step.Hold - served;
        return new Want(left <= TimeSpan.Zero, step.Hold == TimeSpan.Zero
            ? ""
            : $"{(step.IsBake ? "bake" : "hold")} {Durations.Format(step.Hold)}, {(left > TimeSpan.Zero ? $"{Durations.Rough(left)} left" : "served")}");
    }

    private static (Want Data, bool NoData) Data(RolloutSnapshot at, Step step, bool served)
    {
        var seen = at.Progress.Responses;
        if (seen >= step.Requests)
        {
            return (new Want(true, step.Requests > 1 ? $"{step.Requests} requests seen" : ""), false);
        }

        var sentence = $"{seen} of {step.Requests} requests";
        var left = step.Hold + at.Plan.Gates.PatienceOf(step) - at.Progress.Served;
        return at.Plan.Gates.OnNoData switch
        {
            NoData.Pass => (new Want(served, sentence), false),
            NoData.Rollback when left <= TimeSpan.Zero => (new Want(false, sentence), true),
            NoData.Rollback when served => (new Want(false, $"{sentence}, rolled back in {Durations.Rough(left)}"), false),
            _ => (new Want(false, sentence), false),
        };
    }

    private static string Standing(RolloutStatus status) => status.Phase switch
    {
        RolloutPhase.Paused => "paused; resume or roll back",
        RolloutPhase.Frozen => "frozen by a breach; roll back, or resume with a reason",
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
