using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads who may roll back and by when it must be complete: two of the parts without which nothing starts.</summary>
internal static class RollbackReader
{
    public static readonly TimeSpan LongestDeadline = TimeSpan.FromHours(24);

    public static RollbackTerms Read(PlanSection plan, Problems problems)
    {
        if (plan.Find("rollback") is not { } node)
        {
            NoAuthority(plan, "rollback.authority", "Add: rollback: { authority: [ operator ], deadline: 5m }.");
            NoDeadline(plan, "rollback.deadline", "Add: rollback: { authority: [ operator ], deadline: 5m }.");
            return new RollbackTerms([], TimeSpan.Zero);
        }

        if (PlanSection.Open(node, PlanKeys.Rollback, "rollback: { authority: [ operator ], deadline: 5m }", problems) is not { } rollback)
        {
            return new RollbackTerms([], TimeSpan.Zero);
        }

        if (rollback.Find("authority") is null or PlanList { Items.Count: 0 })
        {
            NoAuthority(rollback, "authority", "Add: authority: [ operator ].");
        }

        if (rollback.Find("deadline") is null)
        {
            NoDeadline(rollback, "deadline", "Add: deadline: 5m.");
        }

        return new RollbackTerms(
            [.. rollback.Names("authority", StringComparer.Ordinal)],
            rollback.Value("deadline", Deadline)?.Value ?? TimeSpan.Zero)
        {
            CoolDown = rollback.Value("coolDown", DurationReader.Parse)?.Value ?? TimeSpan.Zero,
            Hooks = HooksReader.AfterRollback(rollback, problems),
            Drain = rollback.Value("drain", Drain) is { } drain ? drain.Value : RollbackTerms.StandardDrain,
        };
    }

    private static Parsed<TimeSpan?> Drain(string text)
    {
        if (text == "off")
        {
            return (TimeSpan?)null;
        }

        var drain = DurationReader.Parse(text);
        return drain.Fault is { } fault ? new Fault(fault.Message, $"{fault.Remedy.TrimEnd('.')}, or off.") : drain.Value;
    }

    private static void NoAuthority(PlanSection section, string key, string remedy) =>
        section.Missing(key, "Nobody has the authority to roll back, and the rollout does not start without one.", remedy);

    private static void NoDeadline(PlanSection section, string key, string remedy) =>
        section.Missing(key, "The rollback has no deadline, and the rollout does not start without one.", remedy);

    private static Parsed<TimeSpan> Deadline(string text)
    {
        var deadline = DurationReader.Parse(text);
        return deadline.Fault is null && deadline.Value > LongestDeadline
            ? new Fault($"{Shown.Plain(text)} is longer than 24h.", "A rollback that takes a day is none; write, say, 5m.")
            : deadline;
    }
}
