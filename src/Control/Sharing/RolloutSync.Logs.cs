using Microsoft.Extensions.Logging;

namespace Snapback.Control.Sharing;

/// <summary>What it says in the log.</summary>
public sealed partial class RolloutSync
{
    [LoggerMessage(
        EventIds.RolledBack,
        LogLevel.Warning,
        "Rollout {Rollout} rolled back: version {Version} from {WeightBefore}% to 0%, trigger {Trigger}, by {By}, " +
        "decided in {DecisionMicros} µs with {InFlight} in flight; canary requests picked after it: {PickedAfter}. {Explanation}")]
    private partial void LogRolledBack(
        string rollout,
        string? version,
        decimal weightBefore,
        string trigger,
        string by,
        double decisionMicros,
        int inFlight,
        uint pickedAfter,
        string explanation);

    [LoggerMessage(
        EventIds.Settled,
        LogLevel.Information,
        "Rollout {Rollout}, after its rollback: requests that the canary failed and stable answered: {Shielded}; users who saw a failure: {Victims}.")]
    private partial void LogSettled(string rollout, long shielded, long victims);

    [LoggerMessage(EventIds.Exonerated, LogLevel.Warning, "Rollout {Rollout}: version {Version} is exonerated. {Explanation}")]
    private partial void LogExonerated(string rollout, string? version, string? explanation);

    [LoggerMessage(EventIds.Frozen, LogLevel.Critical, "Rollout {Rollout} is frozen at {Weight}%. {Explanation}")]
    private partial void LogFrozen(string rollout, decimal weight, string? explanation);

    [LoggerMessage(
        EventIds.Breached,
        LogLevel.Error,
        "Rollout {Rollout} broke an objective at {Weight}%, and its plan wants to be told only. {Explanation}")]
    private partial void LogBreached(string rollout, decimal weight, string explanation);

    [LoggerMessage(EventIds.DeadlineMissed, LogLevel.Critical, "Rollout {Rollout}: {Sentence}")]
    private partial void LogDeadlineMissed(string rollout, string sentence);

    [LoggerMessage(
        EventIds.Untold,
        LogLevel.Error,
        "Rollout {Rollout} was lowered here and the store does not know it yet: {Why} Trying again in {WaitMs} ms.")]
    private partial void LogUntold(string rollout, string why, double waitMs);

    [LoggerMessage(EventIds.ToldAtLast, LogLevel.Information, "Rollout {Rollout}: the store knows now what was lowered here.")]
    private partial void LogToldAtLast(string rollout);

    [LoggerMessage(
        EventIds.LeftUntold,
        LogLevel.Warning,
        "Rollout {Rollout} was lowered to {Weight}% before this start, and stays so: the store could not be told. {Explanation}")]
    private partial void LogTakenUp(string rollout, decimal weight, string? explanation);

    [LoggerMessage(
        EventIds.Unsettled,
        LogLevel.Warning,
        "Rollout {Rollout}: the store does not know what came after its rollback: {Why} It has the counts at the decision until it does.")]
    private partial void LogUnsettled(string rollout, string why);
}
