
namespace Snapback.Control.Rollouts;

/// <summary>Whether the current step may be left, and what is being waited for.</summary>
/// <param name="Open">Hold served and requests seen.</param>
/// <param name="Sentence">What is waited for and for how long still; for people.</param>
public readonly record struct Gate(bool Open, string Sentence)
{
    public static Gate Of(RolloutSnapshot at, RolloutSwitches switches)
    {
        var (plan, status, _, progress) = at;
        if (status.Phase is not (RolloutPhase.Progressing or RolloutPhase.Baking))
        {
            return new Gate(false, Standing(status));
        }

        if (at.Step is not { } step)
        {
            return new Gate(false, "weight set by hand; advance goes on with the steps");
        }

        var left = step.Hold - progress.Served;
        var waits = new List<string>();
        if (step.Hold > TimeSpan.Zero)
        {
            waits.Add($"{(step.IsBake ? "bake" : "hold")} {Durations.Format(step.Hold)}, " + (left > TimeSpan.Zero ? $"{Durations.Format(RoundUp(left))} left" : "served"));
        }

        if (step.Requests > 1 || progress.Responses == 0)
        {
            waits.Add(progress.Responses >= step.Requests
                ? $"{step.Requests} requests seen"
                : $"{progress.Responses} of {step.Requests} requests");
        }

        if (at.Generation.Judge is { Readiness: { StableAlarms: true } or { Alarmed: true } })
        {
            return new Gate(false, "an objective is broken now; no step goes up");
        }

        var open = left <= TimeSpan.Zero && progress.Responses >= step.Requests;
        if (open)
        {
            waits.AddRange(plan.Hooks.Select(hook => $"hook {hook.Name}"));
            if (!switches.AutoAdvance)
            {
                return new Gate(false, "automatic advance is switched off; advance by hand");
            }
        }

        return new Gate(open, string.Join("; ", waits));
    }

    private static string Standing(RolloutStatus status) => status.Phase switch
    {
        RolloutPhase.Paused => "paused; resume or roll back",
        RolloutPhase.Frozen => "frozen by a breach; roll back, or resume with a reason",
        RolloutPhase.Promoted => "promoted; start the next version",
        RolloutPhase.RolledBack => "rolled back; start a new version, or retry with a reason",
        _ => "start a version",
    };

    /// <summary>Seconds are enough for a person; a wait is never shown shorter than it is.</summary>
    private static TimeSpan RoundUp(TimeSpan left) =>
        left > TimeSpan.FromSeconds(10) ? TimeSpan.FromSeconds(Math.Ceiling(left.TotalSeconds)) : TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds / 100) * 100);
}
